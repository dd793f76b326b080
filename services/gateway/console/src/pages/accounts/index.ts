import type { Page } from "../../app/page.ts";
import { accountsRoute } from "./route.ts";

export const accounts: Page = {
  route: accountsRoute,
  nav: { label: "accounts.nav", to: "/accounts" },
};
