import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";

// The server's clock, which a test may move.
export class MockClock {
  offsetMs = 0;
  // It stands still there, where it is given.
  readonly #stoppedMs: number | undefined;

  constructor(stoppedMs?: number) {
    this.#stoppedMs = stoppedMs;
  }

  now(): number {
    return (this.#stoppedMs ?? Date.now()) + this.offsetMs;
  }

  at(agoMs = 0): Timestamp {
    return timestampFromMs(Math.round(this.now() - agoMs));
  }
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
