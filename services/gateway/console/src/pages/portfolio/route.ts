import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { oneOf, type RawSearch } from "../../app/search.ts";
import { isDay } from "../../shared/zone_time.ts";

export interface PortfolioSearch {
  // Which moves come first; the greatest either way when unset.
  order?: "fallen" | "risen" | undefined;
  // The local day from whose close on moves are counted; yesterday when unset.
  from?: string | undefined;
}

export const portfolioRoute = createRoute({
  getParentRoute: () => root,
  path: "/portfolio",
  validateSearch: (raw: RawSearch): PortfolioSearch => ({
    order: oneOf(raw.order, ["fallen", "risen"]),
    from: isDay(raw.from) ? raw.from : undefined,
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "PortfolioPage"),
});
