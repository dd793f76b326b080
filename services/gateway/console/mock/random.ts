// The same numbers each time: a test that fails fails again.
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 16_807 + 12_345) % 2_147_483_647 || 1;
    // Seeds beside each other begin alike.
    for (let round = 0; round < 5; round++) this.next();
  }

  next(): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state / 2_147_483_647;
  }

  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<T>(of: readonly T[]): T {
    return of[this.int(0, of.length - 1)] as T;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }
}
