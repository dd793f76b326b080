import { expect, test } from "./console.ts";

test("dead letters show payload, reason and field, and say what came of checking them again", async ({
  page,
}) => {
  await page.goto("/system");
  await page.getByRole("row").filter({ hasText: "AMOUNT_NOT_INTEGER" }).first().click();
  const letter = page.getByRole("dialog");
  await expect(letter).toContainText("fact.order_placed.amount.amount_minor");
  await expect(letter.locator("pre")).toContainText('"amount_minor": 12.5');
  await letter.getByRole("button", { name: "Check again" }).click();
  await expect(letter.getByRole("definition").filter({ hasText: "accepted" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: /AMOUNT_NOT_INTEGER/ })).toContainText("7");
});
