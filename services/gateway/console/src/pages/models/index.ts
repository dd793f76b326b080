import type { Page } from "../../app/page.ts";
import { modelsRoute } from "./route.ts";

export const models: Page = { route: modelsRoute, nav: { label: "models.nav", to: "/models" } };
