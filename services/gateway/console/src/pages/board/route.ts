import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { oneOf, type RawSearch, text } from "../../app/search.ts";

export const SORTS = ["board", "account", "risk", "since", "escalates"] as const;
export type Sort = (typeof SORTS)[number];

export interface BoardSearch {
  // Lists, "red,orange".
  level?: string | undefined;
  tier?: string | undefined;
  rule?: string | undefined;
  // Who has it.
  with?: string | undefined;
  mine?: "yes" | undefined;
  state?: "firing" | "acknowledged" | undefined;
  silenced?: "yes" | undefined;
  sort?: Sort | undefined;
  // The alert whose panel is open.
  alert?: string | undefined;
  panel?: "silence" | "silences" | undefined;
}

export const boardRoute = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (raw: RawSearch): BoardSearch => ({
    level: text(raw.level),
    tier: text(raw.tier),
    rule: text(raw.rule),
    with: text(raw.with),
    mine: oneOf(raw.mine, ["yes"]),
    state: oneOf(raw.state, ["firing", "acknowledged"]),
    silenced: oneOf(raw.silenced, ["yes"]),
    sort: oneOf(raw.sort, SORTS),
    alert: text(raw.alert),
    panel: oneOf(raw.panel, ["silence", "silences"]),
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "BoardPage"),
});
