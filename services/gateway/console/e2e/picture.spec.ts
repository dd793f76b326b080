// BOARD_PICTURE=1 npx playwright test e2e/picture.spec.ts: draws the board that /README.md shows anew,
// docs/images/board.png. The same data at the same instant: it changes when the board does.
import { statSync, writeFileSync } from "node:fs";
import { small } from "../tools/png.ts";
import { choose, expect, MockServer, openBoard, panel, rows, test } from "./console.ts";

const AT = "2026-11-30T10:24:00+08:00";
const FILE = "../../../docs/images/board.png";
const BYTES_MOST = 120 * 1024;

test("the picture of the board in the README", async ({ browser }) => {
  test.skip(!process.env.BOARD_PICTURE, "drawn when BOARD_PICTURE is set");
  const server = await MockServer.start("--at", AT);
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width: 1280, height: 720 },
    reducedMotion: "reduce",
  });
  await choose(context, {});
  // Without a worker all of the console goes by the page's clock, which stands still as the server's.
  await context.addInitScript(() => Reflect.deleteProperty(globalThis, "SharedWorker"));
  const page = await context.newPage();
  await page.clock.setFixedTime(new Date(AT));
  await openBoard(page);
  await rows(page).filter({ hasText: "R13" }).first().click();
  await expect(panel(page).getByRole("img")).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
  await page.mouse.move(640, 8);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  writeFileSync(FILE, small(await page.screenshot({ animations: "disabled" })));
  expect(statSync(FILE).size).toBeLessThan(BYTES_MOST);
  await context.close();
  server.stop();
});
