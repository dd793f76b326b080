// The tab's side: what the streams said, as stores that components follow.
import type { AccountHealth } from "../gen/proto/bellwether/health/v1/health_service_pb.js";
import { setServerTime } from "../shared/server_time.ts";
import { Store, useStore } from "../shared/store.ts";
import type { OpenAlert } from "./alert_book.ts";
import type { FromTab, ToTab } from "./protocol.ts";
import { DEFAULT_HEARTBEAT_MS, HEARTBEAT_GRACE_MS } from "./watch.ts";

export interface OpenAlerts {
  byName: ReadonlyMap<string, OpenAlert>;
  // All that was open has been sent; until then an empty board means nothing.
  complete: boolean;
}

export interface Connection {
  // "live" only while heartbeats come.
  phase: "connecting" | "live" | "reconnecting" | "stale";
  // When something came last, by this machine's clock; 0 for never.
  heardAt: number;
}

export const openAlerts = new Store<OpenAlerts>({ byName: new Map(), complete: false });
export const connection = new Store<Connection>({ phase: "connecting", heardAt: 0 });

const announceListeners = new Set<(opened: OpenAlert) => void>();
const healthListeners = new Map<string, Set<(health: AccountHealth) => void>>();

// A break that lasts longer than this makes what is shown stale.
const STALE_MS = 30_000;
const CHECK_MS = 500;

let send: (message: FromTab) => void = () => {};
let heartbeatMs = DEFAULT_HEARTBEAT_MS;
let broken = false;

function take(message: ToTab): void {
  switch (message.kind) {
    case "alerts": {
      const byName = message.reset ? new Map() : new Map(openAlerts.get().byName);
      for (const each of message.put) byName.set(each.alert.name, each);
      for (const name of message.removed) byName.delete(name);
      openAlerts.set({ byName, complete: message.complete });
      break;
    }
    case "heard":
      if (message.offsetMs !== undefined) setServerTime(Date.now() + message.offsetMs);
      heartbeatMs = message.heartbeatMs;
      broken = false;
      connection.set({ phase: "live", heardAt: Date.now() });
      break;
    case "state":
      broken = message.phase === "broken";
      judge();
      break;
    case "announce":
      for (const listener of announceListeners) listener(message.opened);
      break;
    case "health":
      for (const key of [message.health.account, "*"])
        for (const listener of healthListeners.get(key) ?? []) listener(message.health);
      break;
  }
}

// From what was heard, not from hope: whoever is silent for too long is not live.
function judge(): void {
  const { heardAt, phase } = connection.get();
  if (heardAt === 0) {
    if (broken && phase !== "reconnecting") connection.set({ phase: "reconnecting", heardAt });
    return;
  }
  const silentMs = Date.now() - heardAt;
  const next =
    silentMs > STALE_MS
      ? "stale"
      : broken || silentMs > heartbeatMs + HEARTBEAT_GRACE_MS
        ? "reconnecting"
        : "live";
  if (next !== phase) connection.set({ phase: next, heardAt });
}

function follow(): void {
  send({ kind: "follow", accounts: [...healthListeners.keys()] });
}

export function onAnnounce(listener: (opened: OpenAlert) => void): () => void {
  announceListeners.add(listener);
  return () => announceListeners.delete(listener);
}

// Health of one account ("accounts/acme") or of all ("*"), as it changes.
export function onHealth(account: string, listener: (health: AccountHealth) => void): () => void {
  const listeners = healthListeners.get(account) ?? new Set();
  healthListeners.set(account, listeners.add(listener));
  follow();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) healthListeners.delete(account);
    follow();
  };
}

export const useConnection = () => useStore(connection);

export function startLive(): void {
  if (typeof SharedWorker === "undefined") startWithoutWorker();
  else startWithWorker();
  setInterval(judge, CHECK_MS);
  addEventListener("online", () => send({ kind: "retry" }));
  addEventListener("offline", () => {
    broken = true;
    judge();
  });
  const active = () => send({ kind: "active" });
  addEventListener("focus", active);
  addEventListener("pointerdown", active);
}

function greet(): void {
  send({ kind: "hello" });
  follow();
}

function startWithWorker(): void {
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "bellwether-live",
  });
  worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => take(data);
  send = (message) => worker.port.postMessage(message);
  greet();
  addEventListener("pagehide", () => send({ kind: "bye" }));
  addEventListener("pageshow", (event) => {
    if (event.persisted) greet();
  });
}

// One stream for this tab, closed while nobody sees it.
async function startWithoutWorker(): Promise<void> {
  const [{ LiveHub }, clients] = await Promise.all([
    import("./hub.ts"),
    import("../api/clients.ts"),
  ]);
  const hub = new LiveHub(clients);
  const port = { postMessage: (message: ToTab) => queueMicrotask(() => take(message)) };
  send = (message) => hub.take(port, message);
  const look = () => (document.hidden ? send({ kind: "bye" }) : greet());
  document.addEventListener("visibilitychange", look);
  look();
}
