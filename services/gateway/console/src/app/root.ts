import { createRootRoute } from "@tanstack/react-router";
import { NotFound, PageFailed } from "./page_states.tsx";
import { Shell } from "./shell.tsx";

// What every page's route has for its parent.
export const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});
