// What the holder of the streams and its tabs say to each other. Plain data: it crosses threads.
import type { AccountHealth } from "../gen/proto/bellwether/health/v1/health_service_pb.js";
import type { OpenAlert } from "./alert_book.ts";

export type FromTab =
  // The first word of a tab, and again when it comes back from the cache of pages.
  | { kind: "hello" }
  | { kind: "bye" }
  // Somebody works in this tab.
  | { kind: "active" }
  | { kind: "retry" }
  // Which accounts' health it follows; "*" is all.
  | { kind: "follow"; accounts: string[] };

export type ToTab =
  | { kind: "alerts"; reset: boolean; complete: boolean; put: OpenAlert[]; removed: string[] }
  // Something came from the server; `offsetMs` is how far its clock is ahead of ours.
  | { kind: "heard"; offsetMs: number | undefined; heartbeatMs: number }
  | { kind: "state"; phase: "connecting" | "live" | "broken"; reason: string }
  // To one tab only: a red alert to sound and show.
  | { kind: "announce"; opened: OpenAlert }
  | { kind: "health"; health: AccountHealth };

export interface TabPort {
  postMessage(message: ToTab): void;
}
