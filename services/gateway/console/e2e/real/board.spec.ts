import { badge, expect, openBoard, panel, rows } from "../console.ts";
import { test } from "./console.ts";

test("the board is live, its facet counts equal its rows, and an acknowledgement can be taken back", async ({
  page,
}) => {
  await openBoard(page, "?state=firing");
  await expect(badge(page)).toContainText("live");
  const firing = page.getByRole("button", { name: /^Not taken/ });
  await expect(async () => {
    const count = Number(/\d+/.exec((await firing.textContent())!)![0]);
    await expect(page.getByRole("table", { name: "Alerts" })).toHaveAttribute(
      "aria-rowcount",
      String(count + 1),
      { timeout: 1_000 },
    );
  }).toPass();

  const name = (await rows(page).first().getAttribute("data-id"))!;
  await rows(page).first().click();
  await expect(panel(page).getByRole("heading", { level: 2 })).toBeVisible();
  // What has happened to it, from the service that has it.
  await expect(panel(page).locator("ol > li").first()).toBeVisible();
  await panel(page)
    .getByRole("button", { name: /^Acknowledge/ })
    .click();
  const undo = page.getByRole("button", { name: /^Undo/ });
  await expect(undo).toBeVisible();
  await expect(page.locator(`tbody tr[data-id="${name}"]`)).toHaveCount(0);
  await undo.click();
  await expect(page.locator(`tbody tr[data-id="${name}"]`)).toBeVisible();
});
