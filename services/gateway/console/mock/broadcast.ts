// What is said to everybody who listens, each at their own pace.
export class Broadcast<T> {
  #listeners = new Set<(item: T) => void>();

  send(item: T): void {
    for (const listener of this.#listeners) listener(item);
  }

  async *listen(signal: AbortSignal): AsyncGenerator<T> {
    const waiting: T[] = [];
    let wake: (() => void) | undefined;
    const listener = (item: T) => {
      waiting.push(item);
      wake?.();
    };
    const stop = () => wake?.();
    this.#listeners.add(listener);
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        const item = waiting.shift();
        if (item !== undefined) yield item;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#listeners.delete(listener);
    }
  }
}
