import type { Page } from "../../app/page.ts";
import { dataRoute } from "./route.ts";

export const data: Page = { route: dataRoute, nav: { label: "data.nav", to: "/data" } };
