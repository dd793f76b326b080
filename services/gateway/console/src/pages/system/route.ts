import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { oneOf, type RawSearch, text } from "../../app/search.ts";

export interface SystemSearch {
  tab?: "letters" | undefined;
  // Of letters: a reason, and whether those that were replayed are shown.
  reason?: string | undefined;
  replayed?: "yes" | undefined;
  // "7-4012": the letter whose panel is open.
  letter?: string | undefined;
}

export const systemRoute = createRoute({
  getParentRoute: () => root,
  path: "/system",
  validateSearch: (raw: RawSearch): SystemSearch => ({
    tab: oneOf(raw.tab, ["letters"]),
    reason: text(raw.reason),
    replayed: oneOf(raw.replayed, ["yes"]),
    letter: text(raw.letter),
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "SystemPage"),
});
