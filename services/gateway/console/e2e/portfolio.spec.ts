import { expect, test } from "./console.ts";

test("every cell of lights, heat map and scores opens exactly the accounts it counted", async ({
  page,
}) => {
  await page.goto("/portfolio");
  await expect(page.getByRole("table", { name: "Tier by band" })).toBeVisible();
  const links = page.locator("a[data-count]");
  const cells = await links.evaluateAll((all) =>
    all.map((link) => ({
      to: link.getAttribute("href")!,
      count: Number((link as HTMLElement).dataset.count),
    })),
  );
  expect(cells.length).toBeGreaterThan(40);
  // All that counted something, and one of the empty ones.
  const empty = cells.find(({ count }) => count === 0);
  const shown = page.locator("header [data-count]");
  for (const { to, count } of [...cells.filter((cell) => cell.count > 0), empty!]) {
    await page.locator(`a[href="${to}"]`).first().click();
    await expect(shown, to).toHaveAttribute("data-count", String(count));
    await page.goBack();
    await expect(links.first()).toBeVisible();
  }
});

test("the heat map is a table with arrow-key movement", async ({ page }) => {
  await page.goto("/portfolio");
  const table = page.getByRole("table", { name: "Tier by band" });
  await table.getByRole("link").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect(table.locator('[data-cell="1,1"]')).toBeFocused();
  await expect(table.locator('[data-cell="1,1"]')).toHaveAccessibleName(/Core, Watch: \d+/);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/tier=core&band=watch/);
});

test("movers of the day come with points and cause", async ({ page }) => {
  await page.goto("/portfolio");
  const movers = page.getByRole("region", { name: "Movers" });
  await expect(movers.getByRole("listitem").first()).toContainText(/[+−]\d+\.\d\d/);
  await expect(movers.getByRole("listitem").first()).toContainText("usage_reported");
  await movers.getByRole("button", { name: "Fallen" }).click();
  await expect(page).toHaveURL(/order=fallen/);
  await expect(movers.locator("b").first()).toContainText("−");
});
