import type { Page } from "../../app/page.ts";
import { systemRoute } from "./route.ts";

export const system: Page = {
  route: systemRoute,
  nav: { label: "system.nav", to: "/system" },
};
