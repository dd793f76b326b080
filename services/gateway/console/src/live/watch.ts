// One watch stream, held open: opens, resumes after a break with the newest token, and takes a
// stream for broken that stays silent for longer than its heartbeats come.
import type { WatchMark } from "../gen/proto/bellwether/type/v1/watch_pb.js";

export interface WatchMessage {
  mark?: WatchMark;
  resumeToken: string;
}

export interface WatchState {
  // "live" only while messages come as promised.
  phase: "connecting" | "live" | "broken";
  // Why it broke last, for people.
  reason: string;
}

export interface WatchOptions<M extends WatchMessage> {
  open(resumeToken: string, signal: AbortSignal): AsyncIterable<M>;
  onMessage(message: M): void;
  onState(state: WatchState): void;
}

export const DEFAULT_HEARTBEAT_MS = 10_000;
// How much later than promised a heartbeat may come.
export const HEARTBEAT_GRACE_MS = 2_500;
const BACKOFF_LEAST_MS = 300;
const BACKOFF_MOST_MS = 5_000;

export class Watch<M extends WatchMessage> {
  #options: WatchOptions<M>;
  #resumeToken = "";
  #stopped = new AbortController();
  #heartbeatMs = DEFAULT_HEARTBEAT_MS;
  #backoffMs = BACKOFF_LEAST_MS;
  #wake: (() => void) | undefined;

  constructor(options: WatchOptions<M>) {
    this.#options = options;
  }

  async run(): Promise<void> {
    this.#options.onState({ phase: "connecting", reason: "" });
    while (!this.#stopped.signal.aborted) {
      const reason = await this.#once();
      if (this.#stopped.signal.aborted) return;
      this.#options.onState({ phase: "broken", reason });
      await this.#pause();
    }
  }

  stop(): void {
    this.#stopped.abort();
    this.#wake?.();
  }

  // Tries again now instead of after the pause: the network is said to be back.
  retry(): void {
    this.#backoffMs = BACKOFF_LEAST_MS;
    this.#wake?.();
  }

  async #once(): Promise<string> {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    this.#stopped.signal.addEventListener("abort", stop);
    let silent = false;
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        silent = true;
        attempt.abort();
      }, this.#heartbeatMs + HEARTBEAT_GRACE_MS);
    };
    heard();
    try {
      for await (const message of this.#options.open(this.#resumeToken, attempt.signal)) {
        heard();
        this.#take(message);
      }
      return "the server ended the stream";
    } catch (error) {
      return silent ? "no heartbeat" : error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(watchdog);
      this.#stopped.signal.removeEventListener("abort", stop);
      attempt.abort();
    }
  }

  #take(message: M): void {
    const interval = message.mark?.heartbeatInterval;
    if (interval) this.#heartbeatMs = Number(interval.seconds) * 1000 + interval.nanos / 1e6;
    this.#options.onMessage(message);
    if (message.resumeToken !== "") this.#resumeToken = message.resumeToken;
    this.#backoffMs = BACKOFF_LEAST_MS;
    this.#options.onState({ phase: "live", reason: "" });
  }

  #pause(): Promise<void> {
    const ms = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MOST_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
