import { expect } from "../console.ts";
import { test } from "./console.ts";

test("every service says that it is ready, with its lag by partition", async ({ page }) => {
  await page.goto("/system");
  const main = page.getByRole("main");
  for (const service of ["gateway", "accounts", "opportunities", "health", "alerts"])
    await expect(
      main.getByRole("listitem").filter({ has: page.getByRole("heading", { name: service }) }),
    ).toContainText("ready");
  await expect(main.getByRole("row").filter({ hasText: "health" }).first()).toContainText("ago");
});

test("the portfolio counts its accounts, and a cell of it opens exactly those", async ({
  page,
}) => {
  await page.goto("/portfolio");
  const cell = page.locator("a[data-count]:not([data-count='0'])").first();
  const count = (await cell.getAttribute("data-count"))!;
  await cell.click();
  await expect(page.locator("header [data-count]")).toHaveAttribute("data-count", count);
});
