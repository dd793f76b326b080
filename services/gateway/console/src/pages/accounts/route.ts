import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { oneOf, type RawSearch, text } from "../../app/search.ts";

export interface AccountsSearch {
  // "none": accounts without one.
  tier?: string | undefined;
  band?: string | undefined;
  owner?: string | undefined;
  industry?: string | undefined;
  // Whole points.
  from?: string | undefined;
  below?: string | undefined;
  unsure?: "yes" | undefined;
}

const points = (raw: unknown) => {
  const value = text(raw);
  return value && /^\d{1,3}$/.test(value) ? value : undefined;
};

export const accountsRoute = createRoute({
  getParentRoute: () => root,
  path: "/accounts",
  validateSearch: (raw: RawSearch): AccountsSearch => ({
    tier: text(raw.tier),
    band: text(raw.band),
    owner: text(raw.owner),
    industry: text(raw.industry),
    from: points(raw.from),
    below: points(raw.below),
    unsure: oneOf(raw.unsure, ["yes"]),
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "AccountsPage"),
});
