import { expect } from "../console.ts";
import { test } from "./console.ts";

// Another one at each run, so that what it brings is new each time.
const run = Date.now().toString(36);

function orders(): string {
  const rows = Array.from({ length: 40 }, (_, at) => {
    const day = String((at % 27) + 1).padStart(2, "0");
    const customer = ["Ruiheng Test", "Bohai Test", "Haichuan Test"][at % 3];
    return `${run}-${at};${customer} ${run};${day}.10.2026;${at + 1}.353,96 EUR;Sensor`;
  });
  rows.push(`${run}-bad;Ruiheng Test ${run};31.09.2026;12,00 EUR;Sensor`);
  return `Order no.;Customer;Date;Amount;Product\n${rows.join("\n")}\n`;
}

test("a table is uploaded, recognised, previewed, checked, imported and withdrawn", async ({
  page,
}) => {
  const part = (name: string) => page.getByRole("region", { name, exact: true });
  await page.goto("/data");
  await expect(page.getByRole("button", { name: "Choose files" })).not.toHaveAttribute(
    "aria-disabled",
  );
  await page.locator('input[type="file"]').setInputFiles({
    name: "orders.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(orders()),
  });
  await expect(page).toHaveURL(/upload=\w+/);
  await expect(part("Files").getByText("complete", { exact: true })).toBeVisible();
  await expect(page.getByText("recognised", { exact: true })).toBeVisible();
  const columns = page.getByRole("table", { name: "Columns of orders.csv" });
  await expect(columns.getByRole("row").filter({ hasText: "Order no." })).toContainText(
    "Order number",
  );
  // One that nobody has run before: the ledger of a mapping knows what came by it.
  const yaml = page.getByRole("textbox", { name: "Mapping as YAML" });
  const proposal = await yaml.inputValue();
  await yaml.fill(
    proposal
      .replace(/^mapping_id: .*$/m, `mapping_id: console-test-${run}`)
      .replace(/^source: .*$/m, `source: import/console-test-${run}`),
  );
  await expect(page.getByRole("table", { name: "First rows of orders.csv" })).toContainText(
    "order_placed",
  );

  await page.getByRole("button", { name: "Check all rows" }).click();
  await expect(page).toHaveURL(/import=\w+/);
  const row = part("Every row accounted for").getByRole("row").last();
  await expect(row).toHaveAttribute("data-left", "0");
  await expect(row).toContainText("41");
  await expect(page.getByRole("table", { name: "What was refused, by cause" })).toContainText(
    "NOT_A_TIME",
  );
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Refused rows as CSV" }).click();
  expect((await download).suggestedFilename()).toContain(".csv");

  const checked = page.url();
  await page.getByRole("button", { name: "Import now" }).click();
  await expect(page).not.toHaveURL(checked);
  await expect(part("What came of it")).toContainText(/accepted\s*40/, { timeout: 60_000 });
  await expect(part("Every row accounted for").getByRole("row").last()).toHaveAttribute(
    "data-left",
    "0",
  );

  await page.getByRole("button", { name: "Withdraw" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("a test of the console");
  await dialog.getByRole("button", { name: "Withdraw" }).click();
  await expect(page.getByText("This run is withdrawn.")).toBeVisible({ timeout: 60_000 });
});

test("every feed stands with its last fact and its rhythm", async ({ page }) => {
  await page.goto("/data");
  const feeds = page.getByRole("region", { name: "Feeds", exact: true });
  await expect(feeds.locator("tr[data-feed]").first()).toBeVisible();
  await expect(feeds.locator("tr[data-feed]").first()).toContainText("ago");
});
