import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AlertSchema, AlertState } from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import { Level } from "../../gen/proto/bellwether/alerts/v1/rule_pb.js";
import { SilenceSchema } from "../../gen/proto/bellwether/alerts/v1/silence_pb.js";
import type { OpenAlert } from "../../live/alert_book.ts";
import { countsWith, filterAlerts, isSilenced } from "./alert_filter.ts";

let made = 0;
function alert(of: MessageInitShape<typeof AlertSchema>): OpenAlert {
  const name = of.name ?? `alerts/${made++}`;
  return {
    alert: create(AlertSchema, { state: AlertState.FIRING, ...of, name }),
    entry: undefined,
    version: 1n,
  };
}

const all = [
  alert({ level: Level.RED, subjectTier: "core", assignee: "chen.jing", priority: 90n }),
  alert({ level: Level.ORANGE, subjectTier: "core", assignee: "he.jun", priority: 60n }),
  alert({
    level: Level.YELLOW,
    assignee: "chen.jing",
    priority: 1n,
    state: AlertState.ACKNOWLEDGED,
  }),
];
const context = { principal: "chen.jing", silences: [] };

test("the count of a choice is what the list has with it", () => {
  const parts = [
    { level: "red" },
    { level: undefined },
    { tier: "core" },
    { tier: "none" },
    { mine: "yes" as const },
    { mine: undefined, level: "yellow" },
    { state: "acknowledged" as const },
  ];
  for (const search of [{}, { level: "red,orange" }, { level: "red", mine: "yes" as const }])
    expect(countsWith(all, search, parts, context)).toEqual(
      parts.map((part) => filterAlerts(all, { ...search, ...part }, context).length),
    );
});

test("mine is nothing for somebody who has not said who they are", () => {
  expect(filterAlerts(all, { mine: "yes" }, { principal: "", silences: [] })).toHaveLength(0);
});

test("the board stands by priority, then value at risk, then the one that fired first", () => {
  const late = alert({ name: "late", priority: 90n, fireTime: { seconds: 9n } });
  const early = alert({ name: "early", priority: 90n, fireTime: { seconds: 3n } });
  const risk = alert({
    name: "risk",
    priority: 90n,
    valueAtRiskMinor: 5n,
    fireTime: { seconds: 11n },
  });
  const top = alert({ name: "top", priority: 180n });
  const order = filterAlerts([late, early, risk, top], {}, context).map((each) => each.alert.name);
  expect(order).toEqual(["top", "risk", "early", "late"]);
});

test("a silence covers what all of its matchers hold for, while it is in force", () => {
  const of = alert({ ruleId: "R13", accountId: "acme", level: Level.ORANGE }).alert;
  const silence = (active: boolean, maximumLevel: Level) =>
    create(SilenceSchema, {
      active,
      matchers: { ruleIds: ["R13", "R45"], accountIds: ["acme"], maximumLevel },
    });
  expect(isSilenced(of, [silence(true, Level.ORANGE)])).toBe(true);
  expect(isSilenced(of, [silence(true, Level.YELLOW)])).toBe(false);
  expect(isSilenced(of, [silence(false, Level.ORANGE)])).toBe(false);
});
