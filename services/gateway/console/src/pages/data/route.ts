import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { root } from "../../app/root.ts";
import { type RawSearch, text } from "../../app/search.ts";

export interface DataSearch {
  // The import run that stands out.
  run?: string | undefined;
  // The upload whose tables are being mapped, or the table import that is shown: ids.
  upload?: string | undefined;
  import?: string | undefined;
}

export const dataRoute = createRoute({
  getParentRoute: () => root,
  path: "/data",
  validateSearch: (raw: RawSearch): DataSearch => ({
    run: text(raw.run),
    upload: text(raw.upload),
    import: text(raw.import),
  }),
  component: lazyRouteComponent(() => import("./page.tsx"), "DataPage"),
});
