import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { choose, expect, type MockServer, test } from "./console.ts";

const GOOD = [
  "Order no.;Customer;Date;Amount;Product",
  "4101;Ruiheng Precision;09.12.2025;18.353,96 EUR;Sensor",
  "4102;Bohai Cold Chain;15.12.2025;24.497,00 EUR;Sensor",
  "4103;Haichuan Medical;07.01.2026;6.643,00 EUR;Sensor",
];
const BAD = [
  "4104;Nanshan Foods;31.06.2026;18.850,16 EUR;Controller",
  "4105;Nanshan Foods;30.06.2026;twelve EUR;Controller",
  "4106;Nanshan Foods;31.09.2026;3,00 EUR;Controller",
];
const csv = (lines: string[]) => Buffer.from(`${lines.join("\n")}\n`);
const table = (name: string, lines: string[]) => ({
  name,
  mimeType: "text/csv",
  buffer: csv(lines),
});

const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const chooser = (page: Page) => page.locator('input[type="file"]');

async function openUpload(page: Page, files: ReturnType<typeof table>[]): Promise<void> {
  await page.goto("/data");
  await expect(page.getByRole("button", { name: "Choose files" })).not.toHaveAttribute(
    "aria-disabled",
  );
  await chooser(page).setInputFiles(files);
  await expect(page).toHaveURL(/upload=\w+/);
  await expect(card(page, "Files").getByText("complete", { exact: true })).toHaveCount(
    files.length,
  );
}

// The import that the address names, once it has ended.
async function ended(page: Page): Promise<void> {
  await expect(page).toHaveURL(/import=\w+/);
  await expect(card(page, "Every row accounted for")).toBeVisible();
}

test("tables come by drag and drop or are chosen, several at once, each with its progress", async ({
  page,
}) => {
  await page.goto("/data");
  const zone = page.getByText("Drop tables here").locator("..");
  await expect(zone.getByRole("button")).not.toHaveAttribute("aria-disabled");
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "orders.csv", { type: "text/csv" }));
    transfer.items.add(new File([text], "orders-2.csv", { type: "text/csv" }));
    return transfer;
  }, csv(GOOD).toString());
  await zone.dispatchEvent("drop", { dataTransfer: dropped });
  await expect(page).toHaveURL(/upload=\w+/);
  const files = card(page, "Files").getByRole("listitem");
  await expect(files).toHaveCount(2);
  await expect(files.filter({ hasText: "orders-2.csv" })).toContainText("complete");

  // Three pieces of one mebibyte: the bar stands somewhere between nothing and all.
  let pieces = 0;
  await page.route("**/WriteUploadFile", async (route) => {
    if (++pieces > 1) await held;
    await route.continue();
  });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const long = Buffer.concat([csv(GOOD), Buffer.alloc(2.5 * 1024 * 1024, "\n")]);
  await chooser(page).setInputFiles({ name: "long.csv", mimeType: "text/csv", buffer: long });
  const bar = page.getByRole("progressbar", { name: "Upload of long.csv" });
  await expect(bar).toHaveAttribute("value", String(1 << 20));
  await expect(files.filter({ hasText: "long.csv" })).toContainText(/1\.0\sMiB of 2\.5\sMiB/);
  release();
  await expect(files.filter({ hasText: "long.csv" })).toContainText("complete");
  expect(pieces).toBe(3);
});

test("a piece that breaks is sent again; one that goes on breaking is named and goes on from there when told", async ({
  page,
}) => {
  await page.goto("/data");
  let pieces = 0;
  let broken = 1;
  await page.route("**/WriteUploadFile", async (route) => {
    // The second piece finds no network, as often as `broken` says.
    if (++pieces > 1 && broken-- > 0) await route.abort("connectionfailed");
    else await route.continue();
  });
  const long = Buffer.concat([csv(GOOD), Buffer.alloc(1.5 * 1024 * 1024, "\n")]);
  await chooser(page).setInputFiles({ name: "orders.csv", mimeType: "text/csv", buffer: long });
  const file = card(page, "Files").getByRole("listitem");
  await expect(file).toContainText("complete");

  pieces = 0;
  broken = 99;
  await chooser(page).setInputFiles({ name: "more.csv", mimeType: "text/csv", buffer: long });
  const more = file.filter({ hasText: "more.csv" });
  await expect(more).toContainText("stopped");
  await expect(more.getByRole("alert")).toBeVisible();
  await expect(more).toContainText(/1\.0\sMiB of 1\.5\sMiB/);
  broken = 0;
  await more.getByRole("button", { name: "Go on" }).click();
  await expect(more).toContainText("complete");
});

test("another file of the name of one that was sent is found out", async ({ page }) => {
  await openUpload(page, [table("orders.csv", GOOD)]);
  await chooser(page).setInputFiles(table("orders.csv", ["Other;Table", ...GOOD]));
  await expect(card(page, "Files").getByRole("alert")).toContainText("CHUNK_DIFFERS");
});

test("a shorter file of the name of one that was sent is found out", async ({ page }) => {
  await openUpload(page, [table("orders.csv", GOOD)]);
  await chooser(page).setInputFiles(table("orders.csv", GOOD.slice(0, -1)));
  await expect(card(page, "Files").getByRole("alert")).toContainText("CHUNK_DIFFERS");
});

test("the guessed mapping shows per column what it was taken for and why, and is text to edit; a fault stands at its line", async ({
  page,
}) => {
  await openUpload(page, [table("orders.csv", GOOD)]);
  const guess = page.getByRole("table", { name: "Columns of orders.csv" });
  const customer = guess.getByRole("row").filter({ hasText: "Customer" });
  await expect(customer).toContainText("its name says a customer, and cells repeat");
  await expect(customer).toContainText("Bohai Cold Chain");
  await expect(guess.getByRole("row").filter({ hasText: "Date" })).toContainText("%d.%m.%Y");

  const yaml = page.getByRole("textbox", { name: "Mapping as YAML" });
  await expect(yaml).toHaveValue(/path: orders\.csv/);
  const proposal = await yaml.inputValue();
  await yaml.fill(proposal.replace("mapping_id: uploaded-orders", "mapping_id: TODO"));
  const faults = page.getByRole("alert", { name: "Faults of the mapping" });
  await expect(faults).toContainText('"mapping_id: TODO" is not known');
  await expect(page.getByRole("button", { name: "Check all rows" })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  await faults.getByRole("button", { name: "Line 1, column 1" }).click();
  const chosen = await yaml.evaluate((area: HTMLTextAreaElement) =>
    area.value.slice(area.selectionStart, area.selectionEnd),
  );
  expect(chosen).toBe("mapping_id: TODO");
  // What was written is there after a reload, and the proposal can be had again.
  await page.reload();
  await expect(yaml).toHaveValue(/mapping_id: TODO/);
  await page.getByRole("button", { name: "Take the proposal" }).click();
  await expect(yaml).toHaveValue(proposal);
  await expect(faults).toHaveCount(0);
});

test("the preview shows the first rows with the records or the refusal that each becomes", async ({
  page,
}) => {
  await openUpload(page, [table("orders.csv", [...GOOD, ...BAD])]);
  const preview = page.getByRole("table", { name: "First rows of orders.csv" });
  const made = preview.getByRole("row").filter({ hasText: "4102" });
  await expect(made).toContainText("fact order_placed");
  await expect(made).toContainText("Bohai-Cold-Chain");
  await made.getByText("order_placed").click();
  await expect(made.locator("pre")).toContainText('"amountMinor": "2449700"');
  const refused = preview.getByRole("row").filter({ hasText: "4104" });
  await expect(refused).toContainText("refused");
  await expect(refused).toContainText('NOT_A_TIME "31.06.2026" is not a time as %d.%m.%Y');
});

test("a check accounts for every row, adds up, groups faults by cause with their first places, and gives the refused rows as a file", async ({
  page,
}) => {
  await openUpload(page, [table("orders.csv", [...GOOD, ...BAD])]);
  await page.getByRole("button", { name: "Check all rows" }).click();
  await ended(page);
  const rows = card(page, "Every row accounted for").getByRole("row").last();
  const counts = (await rows.locator("td.num").allTextContents()).map(Number);
  expect(counts).toEqual([6, 3, 3, 0, 0]);
  await expect(rows).toHaveAttribute("data-left", "0");
  await expect(rows).toContainText("adds up");
  await expect(rows).toContainText(/Amount: 49\s493\.96 EUR/);

  const faults = page.getByRole("table", { name: "What was refused, by cause" });
  const time = faults.getByRole("row").filter({ hasText: "NOT_A_TIME" });
  await expect(time).toContainText("orders.csv · Date");
  await expect(time.locator("td.num")).toHaveText("2");
  await expect(time).toContainText("5:20, 7:20");
  await expect(page.getByText("3 rows refused")).toBeVisible();

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Refused rows as CSV" }).click();
  const lines = readFileSync((await (await download).path())!, "utf8")
    .trim()
    .split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[1]).toContain("NOT_A_TIME");
  // Nothing was sent.
  await page.goto("/data");
  await expect(card(page, "Import runs")).not.toContainText("uploaded-orders-2");
});

test("an import shows its progress, goes on when the tab closes, and is found again in the list", async ({
  page,
  context,
  server,
}) => {
  await server.tell("run-takes", { ms: 6_000 });
  await openUpload(page, [table("orders.csv", GOOD)]);
  await page.getByRole("button", { name: "Import now" }).click();
  await expect(page.getByRole("progressbar", { name: "Progress" })).toBeVisible();
  await expect(page.getByText("Sending facts")).toBeVisible();
  await page.close();

  const again = await context.newPage();
  await again.goto("/data");
  const list = card(again, "Table imports");
  await expect(list.getByRole("row").nth(1)).toContainText("orders.csv");
  await expect(list.getByRole("row").nth(1)).toContainText("zhou.xin");
  await list.getByRole("row").nth(1).getByRole("link").click();
  await ended(again);
  await expect(
    again.getByText("Everything the tables hold is in the system as they say it."),
  ).toBeVisible();
  const outcome = card(again, "What came of it");
  await expect(outcome).toContainText(/accepted\s*3/);
  await expect(outcome).toContainText(/counted\s*2/);
  await expect(outcome).toContainText(/late\s*1/);
});

test("an import under way can be cancelled", async ({ page, server }) => {
  await server.tell("run-takes", { ms: 60_000 });
  await openUpload(page, [table("orders.csv", GOOD)]);
  await page.getByRole("button", { name: "Import now" }).click();
  await page.getByRole("button", { name: "Cancel it" }).click();
  await expect(page.getByText("cancelled", { exact: true })).toBeVisible();
  await expect(page.getByRole("progressbar")).toHaveCount(0);
});

test("a run is withdrawn only after it was asked why, and stands so in the list", async ({
  page,
}) => {
  await page.goto("/data");
  const run = card(page, "Import runs").getByRole("row").filter({ hasText: "erp-2026-10" });
  await run.getByRole("button", { name: "Withdraw" }).click();
  const dialog = page.getByRole("dialog", { name: "Withdraw erp-2026-10?" });
  await expect(dialog).toContainText("as if it had never been");
  // All of it within the dialog, which is opened from a cell that does not break its lines.
  expect(await dialog.evaluate((each) => each.scrollWidth <= each.clientWidth)).toBe(true);
  await dialog.getByRole("button", { name: "Withdraw" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("Say why: it stands in the journal.");
  await page.keyboard.press("Escape");
  await expect(run).not.toContainText("withdrawn");

  await run.getByRole("button", { name: "Withdraw" }).click();
  await dialog.getByLabel("Reason").fill("wrong currency");
  await dialog.getByRole("button", { name: "Withdraw" }).click();
  await expect(run).toContainText("withdrawn");
  await expect(run.getByRole("button")).toHaveCount(0);
});

test("nobody who has not said who they are can upload or withdraw, and the reason is said", async ({
  browser,
  server,
}) => {
  const context = await browser.newContext({ baseURL: server.url });
  await choose(context, { principal: "" });
  const page = await context.newPage();
  await page.goto("/data");
  const button = page.getByRole("button", { name: "Choose files" });
  await expect(button).toHaveAttribute("title", /who you are/);
  await context.close();
});

async function silentFeeds(page: Page, server: MockServer, address: string, name: string) {
  await page.goto(address);
  const feeds = card(page, name);
  const silent = feeds.locator('tr[data-feed="SILENT"]');
  await expect(silent).toHaveCount(1);
  await expect(silent).toContainText("Cases of the service desk");
  await expect(silent).toContainText(/30\sh ago/);
  await expect(silent).toContainText(/every 4\sh\s*declared/);
  await expect(silent).toContainText(/for 26\sh/);
  await server.tell("feed", { on: false });
  await expect(silent).toHaveCount(0);
  return feeds;
}

test("silent feeds stand on the portfolio with last fact and expected rhythm", async ({
  page,
  server,
}) => {
  const feeds = await silentFeeds(page, server, "/portfolio", "Silent feeds");
  await expect(feeds).toContainText("Every feed is heard");
});

test("the data page lists every feed, silent ones first, and says whether a rhythm is declared or learned", async ({
  page,
  server,
}) => {
  await page.goto("/data");
  const first = card(page, "Feeds").locator("tbody tr").first();
  await expect(first).toHaveAttribute("data-feed", "SILENT");
  await expect(card(page, "Feeds")).toContainText("1 silent");
  await expect(card(page, "Feeds").locator("tr").filter({ hasText: "erp/orders" })).toContainText(
    /every 3\sd|every 72\sh/,
  );
  await expect(card(page, "Feeds").locator("tr").filter({ hasText: "erp/orders" })).toContainText(
    "learned",
  );
  await expect(card(page, "Feeds").locator('tr[data-feed="AWAITED"]')).toContainText("nothing yet");
  await silentFeeds(page, server, "/data", "Feeds");
});
