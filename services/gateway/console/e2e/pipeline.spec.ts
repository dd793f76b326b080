import { expect, test } from "./console.ts";

test("column counts and sums are those of the deals, in the reporting currency", async ({
  page,
}) => {
  await page.goto("/pipeline");
  const columns = page.locator("section[aria-label]");
  await expect(columns.first().locator("[data-count]")).toBeVisible();
  for (const column of await columns.all()) {
    const count = Number(await column.locator("[data-count]").getAttribute("data-count"));
    expect(await column.getByRole("listitem").count()).toBe(count);
  }
  await expect(page.locator("header")).toContainText("CNY");
});

test("a forbidden move is refused before the drop and names the rule; the same by keyboard", async ({
  page,
}) => {
  await page.goto("/pipeline");
  const solution = page.getByRole("region", { name: "Solution" });
  const lead = page.getByRole("region", { name: "Lead and screening" });
  const contract = page.getByRole("region", { name: "Negotiation and contract" });
  const before = Number(await contract.locator("[data-count]").getAttribute("data-count"));
  const card = solution.getByRole("listitem").first().getByRole("button");
  await card.hover();
  await page.mouse.down();
  await lead.hover();
  await lead.hover();
  await expect(lead).toContainText("A deal only moves to a later stage (O1).");
  await contract.hover();
  await contract.hover();
  await page.mouse.up();
  await expect(contract.locator("[data-count]")).toHaveAttribute("data-count", String(before + 1));

  await solution.getByRole("listitem").first().getByRole("button").focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog");
  const stage = panel.getByLabel("Move to");
  expect(await stage.locator("option:disabled").allTextContents()).toEqual([
    "Lead and screening",
    "Needs diagnosis",
    "Solution",
  ]);
  await stage.selectOption("Delivery and acceptance");
  await panel.getByRole("button", { name: "Move", exact: true }).press("Enter");
  await expect(panel.locator("dd").nth(1)).toHaveText("Delivery and acceptance");
});

test("a conflict of etags is shown as a difference", async ({ page, server }) => {
  await page.goto("/pipeline");
  await page
    .getByRole("region", { name: "Needs diagnosis" })
    .getByRole("listitem")
    .first()
    .getByRole("button")
    .click();
  const panel = page.getByRole("dialog");
  await expect(panel.getByLabel("Move to")).toBeVisible();
  const deal = new URL(page.url()).searchParams.get("deal");
  await server.tell("advance", { name: `opportunities/${deal}`, stage: "solution" });
  await panel.getByLabel("Move to").selectOption("Negotiation and contract");
  await panel.getByRole("button", { name: "Move", exact: true }).click();
  const conflict = panel.getByRole("alert");
  await expect(conflict).toContainText("It has changed since it was shown");
  await expect(conflict.getByRole("row").filter({ hasText: "Stage" })).toContainText(
    "Needs diagnosis",
  );
  await expect(conflict.getByRole("row").filter({ hasText: "Stage" })).toContainText("Solution");
  await conflict.getByRole("button", { name: "Show it as it is now" }).click();
  await expect(panel.locator("dd").nth(1)).toHaveText("Solution");
});
