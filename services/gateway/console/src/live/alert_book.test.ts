import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { type AlertSchema, AlertState } from "../gen/proto/bellwether/alerts/v1/alert_pb.js";
import { WatchAlertsResponseSchema } from "../gen/proto/bellwether/alerts/v1/alerts_service_pb.js";
import { WatchMarkKind } from "../gen/proto/bellwether/type/v1/watch_pb.js";
import { AlertBook } from "./alert_book.ts";

const mark = (kind: WatchMarkKind) => create(WatchAlertsResponseSchema, { mark: { kind } });

function change(
  name: string,
  version: bigint,
  alert: MessageInitShape<typeof AlertSchema> = {},
  openBefore = false,
) {
  return create(WatchAlertsResponseSchema, {
    change: { alert: { name, state: AlertState.FIRING, ...alert }, entityVersion: version },
    openBefore,
  });
}

function opened(...names: string[]): AlertBook {
  const book = new AlertBook();
  book.take(mark(WatchMarkKind.SNAPSHOT));
  for (const name of names) book.take(change(name, 1n, {}, true));
  book.take(mark(WatchMarkKind.SNAPSHOT_END));
  return book;
}

describe("the book of open alerts", () => {
  test("is complete once the snapshot has ended, also an empty one", () => {
    const book = new AlertBook();
    book.take(mark(WatchMarkKind.SNAPSHOT));
    expect(book.complete).toBe(false);
    book.take(mark(WatchMarkKind.SNAPSHOT_END));
    expect(book.complete).toBe(true);
  });

  test("keeps the greatest version, whatever comes twice or late", () => {
    const book = opened("a");
    book.take(change("a", 7n, { assignee: "new" }));
    book.take(change("a", 6n, { assignee: "old" }));
    book.take(change("a", 7n, { assignee: "again" }));
    expect(book.open.get("a")?.alert.assignee).toBe("new");
  });

  test("an end is not undone by what comes behind it", () => {
    const book = opened("a");
    expect(book.take(change("a", 5n, { state: AlertState.RESOLVED })).removed).toEqual(["a"]);
    book.take(change("a", 4n));
    expect(book.open.has("a")).toBe(false);
    book.take(change("a", 6n));
    expect(book.open.has("a")).toBe(true);
  });

  test("what a new snapshot does not hold is gone, and only at its end", () => {
    const book = opened("a", "b");
    book.take(mark(WatchMarkKind.SNAPSHOT));
    book.take(change("b", 1n, {}, true));
    expect(book.open.has("a")).toBe(true);
    expect(book.take(mark(WatchMarkKind.SNAPSHOT_END)).removed).toEqual(["a"]);
  });

  test("a stream that is taken up again leaves what has not changed", () => {
    const book = opened("a", "b");
    book.take(mark(WatchMarkKind.RESUMED));
    book.take(change("b", 2n, { state: AlertState.RESOLVED }));
    book.take(mark(WatchMarkKind.SNAPSHOT_END));
    expect([...book.open.keys()]).toEqual(["a"]);
  });

  test("alerts decided while a past was built are not on the board", () => {
    const book = opened("a");
    book.take(change("b", 1n, { backfill: true }));
    expect([...book.open.keys()]).toEqual(["a"]);
  });

  test("news is what is no part of a snapshot", () => {
    const book = new AlertBook();
    book.take(mark(WatchMarkKind.SNAPSHOT));
    expect(book.take(change("a", 1n, {}, true)).news).toEqual([]);
    book.take(mark(WatchMarkKind.SNAPSHOT_END));
    expect(book.take(change("b", 1n)).news).toHaveLength(1);
  });
});
