import type { Page } from "../../app/page.ts";
import { rulesRoute } from "./route.ts";

export const rules: Page = { route: rulesRoute, nav: { label: "rules.nav", to: "/rules" } };
