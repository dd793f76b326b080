// Holds the watch streams, once for all tabs of a browser, and tells each tab what it needs.
import type { Client } from "@connectrpc/connect";
import { TimelineKind } from "../gen/proto/bellwether/alerts/v1/alert_pb.js";
import type { AlertsService } from "../gen/proto/bellwether/alerts/v1/alerts_service_pb.js";
import { Level } from "../gen/proto/bellwether/alerts/v1/rule_pb.js";
import type { HealthService } from "../gen/proto/bellwether/health/v1/health_service_pb.js";
import type { WatchMark } from "../gen/proto/bellwether/type/v1/watch_pb.js";
import { AlertBook, type BookChange, type OpenAlert } from "./alert_book.ts";
import type { FromTab, TabPort, ToTab } from "./protocol.ts";
import { DEFAULT_HEARTBEAT_MS, Watch } from "./watch.ts";

// What comes at once goes to the tabs at once; while much comes they are told ten times a second.
const FLUSH_MS = 30;
const FLUSH_APART_MS = 100;

interface Tab {
  port: TabPort;
  accounts: Set<string>;
  activeAt: number;
}

export interface LiveClients {
  alerts: Pick<Client<typeof AlertsService>, "watchAlerts">;
  health: Pick<Client<typeof HealthService>, "watchHealth">;
}

export class LiveHub {
  #tabs = new Map<TabPort, Tab>();
  #book = new AlertBook();
  #clients: LiveClients;
  #alerts: Watch<Parameters<AlertBook["take"]>[0]> | undefined;
  #health: { stop(): void; retry(): void } | undefined;
  #state: Extract<ToTab, { kind: "state" }> = { kind: "state", phase: "connecting", reason: "" };
  #heartbeatMs = DEFAULT_HEARTBEAT_MS;
  #offsetMs: number | undefined;
  #flushedAt = 0;
  #pending: { put: Map<string, OpenAlert>; removed: Set<string> } | undefined;

  constructor(clients: LiveClients) {
    this.#clients = clients;
  }

  take(port: TabPort, message: FromTab): void {
    const tab = this.#tabs.get(port);
    switch (message.kind) {
      case "hello":
        this.#tabs.set(port, tab ?? { port, accounts: new Set(), activeAt: Date.now() });
        this.#start();
        this.#greet(port);
        break;
      case "bye":
        this.#tabs.delete(port);
        this.#followHealth();
        if (this.#tabs.size === 0) this.#stop();
        break;
      case "active":
        if (tab) tab.activeAt = Date.now();
        break;
      case "retry":
        this.#alerts?.retry();
        this.#health?.retry();
        break;
      case "follow":
        if (tab) tab.accounts = new Set(message.accounts);
        this.#followHealth();
        break;
    }
  }

  #greet(port: TabPort): void {
    port.postMessage({
      kind: "alerts",
      reset: true,
      complete: this.#book.complete,
      put: [...this.#book.open.values()],
      removed: [],
    });
    port.postMessage(this.#state);
    if (this.#offsetMs !== undefined && this.#state.phase === "live")
      port.postMessage({ kind: "heard", offsetMs: this.#offsetMs, heartbeatMs: this.#heartbeatMs });
  }

  #start(): void {
    if (this.#alerts) return;
    this.#alerts = new Watch({
      open: (resumeToken, signal) =>
        this.#clients.alerts.watchAlerts(
          { includeOpen: true, resumeToken },
          { signal, timeoutMs: 0 },
        ),
      onMessage: (message) => {
        this.#hear(message.mark);
        this.#queue(this.#book.take(message), message.mark !== undefined);
      },
      onState: ({ phase, reason }) => {
        if (phase === this.#state.phase && reason === this.#state.reason) return;
        this.#state = { kind: "state", phase, reason };
        this.#tell(this.#state);
      },
    });
    void this.#alerts.run();
  }

  // Without tabs nobody needs the streams; what is known is asked for anew by the next.
  #stop(): void {
    this.#alerts?.stop();
    this.#alerts = undefined;
    this.#health?.stop();
    this.#health = undefined;
  }

  #hear(mark: WatchMark | undefined): void {
    if (mark?.serverTime)
      this.#offsetMs =
        Number(mark.serverTime.seconds) * 1000 + mark.serverTime.nanos / 1e6 - Date.now();
    if (mark?.heartbeatInterval)
      this.#heartbeatMs =
        Number(mark.heartbeatInterval.seconds) * 1000 + mark.heartbeatInterval.nanos / 1e6;
    this.#tell({ kind: "heard", offsetMs: this.#offsetMs, heartbeatMs: this.#heartbeatMs });
  }

  #queue(change: BookChange, isMark: boolean): void {
    for (const each of change.news) if (isRedNews(each)) this.#announce(each);
    if (change.put.length === 0 && change.removed.length === 0 && !isMark) return;
    if (!this.#pending) {
      this.#pending = { put: new Map(), removed: new Set() };
      const next = this.#flushedAt + FLUSH_APART_MS - Date.now();
      setTimeout(() => this.#flush(), Math.min(FLUSH_APART_MS, Math.max(FLUSH_MS, next)));
    }
    for (const each of change.put) {
      this.#pending.put.set(each.alert.name, each);
      this.#pending.removed.delete(each.alert.name);
    }
    for (const name of change.removed) {
      this.#pending.put.delete(name);
      this.#pending.removed.add(name);
    }
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#flushedAt = Date.now();
    if (!pending) return;
    this.#tell({
      kind: "alerts",
      reset: false,
      complete: this.#book.complete,
      put: [...pending.put.values()],
      removed: [...pending.removed],
    });
  }

  // Sound and notice come once over all tabs: from the one last worked in.
  #announce(opened: OpenAlert): void {
    const [latest] = [...this.#tabs.values()].sort((a, b) => b.activeAt - a.activeAt);
    latest?.port.postMessage({ kind: "announce", opened });
  }

  #followHealth(): void {
    const wanted = [...this.#tabs.values()].some((tab) => tab.accounts.size > 0);
    if (!wanted) {
      this.#health?.stop();
      this.#health = undefined;
      return;
    }
    if (this.#health) return;
    const watch = new Watch({
      open: (resumeToken, signal) =>
        this.#clients.health.watchHealth({ accounts: [], resumeToken }, { signal, timeoutMs: 0 }),
      onMessage: (message) => {
        const { health } = message;
        if (!health) return;
        for (const { port, accounts } of this.#tabs.values())
          if (accounts.has("*") || accounts.has(health.account))
            port.postMessage({ kind: "health", health });
      },
      onState: () => {},
    });
    this.#health = watch;
    void watch.run();
  }

  #tell(message: ToTab): void {
    for (const { port } of this.#tabs.values()) port.postMessage(message);
  }
}

function isRedNews({ alert, entry }: OpenAlert): boolean {
  return (
    alert.level === Level.RED &&
    (entry?.kind === TimelineKind.FIRED ||
      entry?.kind === TimelineKind.REOPENED ||
      entry?.kind === TimelineKind.LEVEL_RAISED)
  );
}
