import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { oneOf, type RawSearch, text } from "../../app/search.ts";
import { isDay } from "../../shared/zone_time.ts";

export interface AccountSearch {
  // A local day: the page as it stood at its end.
  asOf?: string | undefined;
  // Facts that became known later count, too.
  known?: "now" | undefined;
  view?: "table" | undefined;
  // "source|id": the fact whose panel is open.
  fact?: string | undefined;
}

export const accountRoute = createRoute({
  getParentRoute: () => root,
  path: "/accounts/$accountId",
  validateSearch: (raw: RawSearch): AccountSearch => ({
    asOf: isDay(raw.asOf) ? raw.asOf : undefined,
    known: oneOf(raw.known, ["now"]),
    view: oneOf(raw.view, ["table"]),
    fact: text(raw.fact),
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "AccountPage"),
});
