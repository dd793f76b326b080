import { expect } from "../console.ts";
import { test } from "./console.ts";

test("an account of the list opens with its score, and the points of why it moved add up", async ({
  page,
}) => {
  await page.goto("/accounts");
  await page.locator("tbody tr[data-id] a").first().click();
  await expect(page.locator("[data-score]")).toBeVisible();
  const changes = page.getByRole("article");
  await expect(changes.first()).toBeVisible();
  const hundredths = (text: string) => Math.round(Number(text.replace("−", "-")) * 100);
  for (const change of (await changes.all()).slice(0, 5)) {
    const shown = hundredths((await change.locator("[data-change]").textContent())!);
    const points = (await change.locator("[data-points]").allTextContents()).map(hundredths);
    expect(points.reduce((sum, each) => sum + each, 0)).toBe(shown);
  }
  // Days are there with the next checkpoint of the fold, which is due after 30 s.
  await expect(page.getByRole("img", { name: "Health score by day" })).toBeVisible({
    timeout: 90_000,
  });
});
