import type { Page } from "../../app/page.ts";
import { pipelineRoute } from "./route.ts";

export const pipeline: Page = {
  route: pipelineRoute,
  nav: { label: "pipeline.nav", to: "/pipeline" },
};
