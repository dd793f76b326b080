import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WatchAlertsResponseSchema } from "../gen/proto/bellwether/alerts/v1/alerts_service_pb.js";
import { WatchMarkKind } from "../gen/proto/bellwether/type/v1/watch_pb.js";
import { HEARTBEAT_GRACE_MS, Watch, type WatchMessage, type WatchState } from "./watch.ts";

const HEARTBEAT_MS = 10_000;

function message(kind: WatchMarkKind, resumeToken = ""): WatchMessage {
  return create(WatchAlertsResponseSchema, {
    mark: { kind, heartbeatInterval: { seconds: BigInt(HEARTBEAT_MS / 1000) } },
    resumeToken,
  });
}

// A server whose streams say what a test lets them say.
class Streams {
  readonly tokens: string[] = [];
  #say: ((message: WatchMessage) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  open = (resumeToken: string, signal: AbortSignal): AsyncIterable<WatchMessage> => {
    this.tokens.push(resumeToken);
    const waiting: Promise<WatchMessage>[] = [];
    const expectNext = () =>
      waiting.push(
        new Promise((resolve, reject) => {
          this.#say = resolve;
          this.#fail = reject;
          signal.addEventListener("abort", () => reject(new Error("aborted")));
        }),
      );
    expectNext();
    return (async function* () {
      for (;;) {
        const next = await waiting.shift()!;
        expectNext();
        yield next;
      }
    })();
  };

  async say(message: WatchMessage): Promise<void> {
    this.#say?.(message);
    await vi.advanceTimersByTimeAsync(0);
  }

  async break(): Promise<void> {
    this.#fail?.(new Error("connection lost"));
    await vi.advanceTimersByTimeAsync(0);
  }
}

describe("a watch", () => {
  let streams: Streams;
  let states: WatchState[];
  let watch: Watch<WatchMessage>;
  const phase = () => states.at(-1)?.phase;

  beforeEach(() => {
    vi.useFakeTimers();
    streams = new Streams();
    states = [];
    watch = new Watch({
      open: streams.open,
      onMessage: () => {},
      onState: (state) => states.push(state),
    });
    void watch.run();
  });

  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  test("is live from the first message on, not before", async () => {
    expect(phase()).toBe("connecting");
    await streams.say(message(WatchMarkKind.SNAPSHOT));
    expect(phase()).toBe("live");
  });

  test("takes a stream without heartbeats for broken and opens another", async () => {
    await streams.say(message(WatchMarkKind.SNAPSHOT_END, "t1"));
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS + HEARTBEAT_GRACE_MS - 1);
    expect(phase()).toBe("live");
    await vi.advanceTimersByTimeAsync(2);
    expect(states.at(-1)).toEqual({ phase: "broken", reason: "no heartbeat" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams.tokens).toHaveLength(2);
  });

  test("goes on with the newest token after a break", async () => {
    await streams.say(message(WatchMarkKind.SNAPSHOT_END, "t1"));
    await streams.say(message(WatchMarkKind.HEARTBEAT, "t2"));
    await streams.break();
    expect(phase()).toBe("broken");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams.tokens).toEqual(["", "t2"]);
  });

  test("waits longer after each failure, and not at all when told that the network is back", async () => {
    for (let failures = 0; failures < 5; failures++) {
      await streams.break();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    const tried = streams.tokens.length;
    await streams.break();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(streams.tokens).toHaveLength(tried);
    watch.retry();
    await vi.advanceTimersByTimeAsync(0);
    expect(streams.tokens).toHaveLength(tried + 1);
  });
});
