import type { Page } from "../../app/page.ts";
import { OpenCount } from "./open_count.tsx";
import { boardRoute } from "./route.ts";

export const board: Page = {
  route: boardRoute,
  nav: { label: "board.nav", to: "/", Count: OpenCount },
};
