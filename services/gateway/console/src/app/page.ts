// A page is one folder of src/pages: its route, and where it stands in the navigation. Pages do not
// know each other; they meet in src/pages/registry.ts and in the addresses of src/app/addresses.ts.
import type { AnyRoute } from "@tanstack/react-router";
import type { ComponentType } from "react";
import type { TextId } from "../gen/texts/ids.d.ts";

export interface Page {
  // biome-ignore lint/suspicious/noExplicitAny: each route has types of its own
  route: AnyRoute | any;
  nav?: {
    label: TextId;
    to: string;
    // A small figure behind the label.
    Count?: ComponentType;
  };
}
