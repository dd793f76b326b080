import type { Page } from "../../app/page.ts";
import { portfolioRoute } from "./route.ts";

export const portfolio: Page = {
  route: portfolioRoute,
  nav: { label: "portfolio.nav", to: "/portfolio" },
};
