// The open alerts as a watch tells of them. Of each alert the greatest version stays, so what comes
// twice, late or out of order changes nothing.
import {
  type Alert,
  type AlertChanged,
  AlertState,
  type TimelineEntry,
} from "../gen/proto/bellwether/alerts/v1/alert_pb.js";
import type { WatchAlertsResponse } from "../gen/proto/bellwether/alerts/v1/alerts_service_pb.js";
import { WatchMarkKind } from "../gen/proto/bellwether/type/v1/watch_pb.js";

export interface OpenAlert {
  alert: Alert;
  // What happened last.
  entry: TimelineEntry | undefined;
  version: bigint;
}

// What a message did to the book.
export interface BookChange {
  put: OpenAlert[];
  removed: string[];
  // It was news, not part of a snapshot.
  news: OpenAlert[];
}

export class AlertBook {
  readonly open = new Map<string, OpenAlert>();
  // All that was open has been sent once.
  complete = false;
  #versions = new Map<string, bigint>();
  #snapshot: Set<string> | undefined;

  take(message: WatchAlertsResponse): BookChange {
    const change: BookChange = { put: [], removed: [], news: [] };
    if (message.mark) this.#takeMark(message.mark.kind, change);
    if (message.change?.alert) this.#takeAlert(message.change, message.openBefore, change);
    return change;
  }

  #takeMark(kind: WatchMarkKind, change: BookChange): void {
    if (kind === WatchMarkKind.SNAPSHOT) this.#snapshot = new Set();
    if (kind === WatchMarkKind.RESUMED) this.#snapshot = undefined;
    if (kind !== WatchMarkKind.SNAPSHOT_END) return;
    if (this.#snapshot) {
      for (const name of [...this.open.keys()]) {
        if (!this.#snapshot.has(name)) this.#remove(name, change);
      }
    }
    this.#snapshot = undefined;
    this.complete = true;
  }

  #takeAlert(
    { alert, entry, entityVersion }: AlertChanged,
    before: boolean,
    change: BookChange,
  ): void {
    if (!alert) return;
    this.#snapshot?.add(alert.name);
    if (entityVersion <= (this.#versions.get(alert.name) ?? -1n)) return;
    this.#versions.set(alert.name, entityVersion);
    if (!isOnBoard(alert)) {
      this.#remove(alert.name, change);
      return;
    }
    const taken = { alert, entry, version: entityVersion };
    this.open.set(alert.name, taken);
    change.put.push(taken);
    if (!before && this.complete) change.news.push(taken);
  }

  #remove(name: string, change: BookChange): void {
    if (this.open.delete(name)) change.removed.push(name);
  }
}

// Alerts decided while a past was built are none of today's; those that wait are no alerts yet.
function isOnBoard(alert: Alert): boolean {
  return (
    !alert.backfill &&
    (alert.state === AlertState.FIRING || alert.state === AlertState.ACKNOWLEDGED)
  );
}
