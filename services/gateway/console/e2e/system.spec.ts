import { expect, test } from "./console.ts";

test("one dead service leaves the others visible and is named", async ({ page }) => {
  await page.goto("/system");
  await expect(
    page.getByRole("main").getByRole("listitem").filter({ hasText: "opportunities" }),
  ).toContainText("no answer");
  await expect(
    page.getByRole("main").getByRole("listitem").filter({ hasText: "opportunities" }),
  ).toContainText("connection refused");
  for (const service of ["gateway", "accounts", "health", "alerts"])
    await expect(
      page.getByRole("main").getByRole("listitem").filter({ hasText: service }).first(),
    ).toContainText("ready");
});

test("lag stands in records and seconds per partition, since when, and when measured", async ({
  page,
}) => {
  await page.goto("/system");
  const late = page.getByRole("row").filter({ hasText: "bellwether.journal.v1" }).first();
  await expect(late).toContainText("1204");
  await expect(late).toContainText("42 s");
  await expect(late).toContainText(/\d\d:\d\d/);
  await expect(late).toContainText("ago");
});

test("channels stand with the last success and the last failure", async ({ page }) => {
  await page.goto("/system");
  const channel = page.getByRole("row").filter({ hasText: "alertmanager-1:9093" });
  await expect(channel).toContainText(/6\sh ago/);
  await expect(channel).toContainText("TIMEOUT · no answer within 5 s");
});

test("dead letters show payload, reason and field; after a bulk replay each keeps result and author, and replayed ones are passed over", async ({
  page,
}) => {
  await page.goto("/system?tab=letters");
  await page.getByRole("row").filter({ hasText: "AMOUNT_NOT_INTEGER" }).first().click();
  const letter = page.getByRole("dialog");
  await expect(letter).toContainText("fact.order_placed.amount.amount_minor");
  await expect(letter.locator("pre")).toContainText('"amount_minor": 12.5');
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Replay 23" }).click();
  await expect(page.getByRole("list", { name: "Replays" })).toContainText(
    "15 accepted, 8 refused again, 0 passed over",
  );
  await expect(page.getByRole("row").filter({ hasText: "refused again" }).first()).toContainText(
    "zhou.xin",
  );
  await page.getByRole("button", { name: "with those replayed" }).click();
  await expect(page.getByRole("row").filter({ hasText: "accepted" }).first()).toContainText(
    "zhou.xin",
  );
});
