import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { oneOf, type RawSearch } from "../../app/search.ts";

export interface ModelsSearch {
  view?: "metrics" | undefined;
}

export const modelsRoute = createRoute({
  getParentRoute: () => root,
  path: "/models",
  validateSearch: (raw: RawSearch): ModelsSearch => ({ view: oneOf(raw.view, ["metrics"]) }),
  component: lazyRouteComponent(() => import("./page.tsx"), "ModelsPage"),
});
