import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { type RawSearch, text } from "../../app/search.ts";

export interface RulesSearch {
  // The rule whose panel is open.
  rule?: string | undefined;
}

export const rulesRoute = createRoute({
  getParentRoute: () => root,
  path: "/rules",
  validateSearch: (raw: RawSearch): RulesSearch => ({ rule: text(raw.rule) }),
  component: lazyRouteComponent(() => import("./page.tsx"), "RulesPage"),
});
