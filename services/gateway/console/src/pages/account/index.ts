import type { Page } from "../../app/page.ts";
import { accountRoute } from "./route.ts";

export const account: Page = { route: accountRoute };
