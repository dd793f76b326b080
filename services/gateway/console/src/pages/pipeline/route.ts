import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { oneOf, type RawSearch, text } from "../../app/search.ts";

export const SORTS = ["title", "account", "amount", "updated"] as const;
export type Sort = (typeof SORTS)[number];

export interface PipelineSearch {
  view?: "list" | undefined;
  // Open ones when unset.
  state?: "won" | "lost" | undefined;
  owner?: string | undefined;
  stage?: string | undefined;
  sort?: Sort | undefined;
  // The deal whose panel is open.
  deal?: string | undefined;
}

export const pipelineRoute = createRoute({
  getParentRoute: () => root,
  path: "/pipeline",
  validateSearch: (raw: RawSearch): PipelineSearch => ({
    view: oneOf(raw.view, ["list"]),
    state: oneOf(raw.state, ["won", "lost"]),
    owner: text(raw.owner),
    stage: text(raw.stage),
    sort: oneOf(raw.sort, SORTS),
    deal: text(raw.deal),
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "PipelinePage"),
});
