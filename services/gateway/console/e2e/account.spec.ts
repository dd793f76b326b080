import { expect, test } from "./console.ts";

const ACCOUNT = "/accounts/saifeng-new-energy";

test("why: displayed points add up to the displayed change, and to the displayed sum", async ({
  page,
}) => {
  await page.goto(ACCOUNT);
  const changes = page.getByRole("article");
  await expect(changes.first()).toBeVisible();
  const micros = (text: string) => Math.round(Number(text.replace("−", "-")) * 100);
  for (const change of await changes.all()) {
    const shown = micros((await change.locator("[data-change]").textContent())!);
    const points = (await change.locator("[data-points]").allTextContents()).map(micros);
    expect(points.reduce((sum, each) => sum + each, 0)).toBe(shown);
    expect(micros((await change.locator("[data-sum]").textContent())!)).toBe(shown);
  }
});

test("each change links to its fact, and raw 10⁻⁶ are shown on demand", async ({ page }) => {
  await page.goto(ACCOUNT);
  const change = page.getByRole("article").filter({ hasText: "usage_reported" }).first();
  await change.getByRole("button", { name: /usage_reported/ }).click();
  const fact = page.getByRole("dialog", { name: "Fact" });
  await expect(fact).toContainText("erp/iot");
  await expect(fact).toContainText("counted");
  await page.keyboard.press("Escape");
  await expect(fact).toHaveCount(0);
  await change.getByRole("button", { name: "10⁻⁶" }).click();
  await expect(change.locator("[data-points]").first()).toHaveText(/^-?\d{4,}$/);
});

test("no label of the history's axis lies under the score's curve", async ({ page }) => {
  await page.goto(ACCOUNT);
  const chart = page.getByRole("img", { name: "Health score by day" });
  await expect(chart.locator("text").filter({ hasText: "80" })).toBeVisible();
  // The curve as it is drawn, clipped or not, begins right of where every label ends.
  const [labelsBegin, labelsEnd, curveBegins] = await chart.evaluate((svg) => {
    const labels = [...svg.querySelectorAll("g > text")].filter((each) =>
      /^\d/.test(each.textContent!),
    );
    const curve = [...svg.querySelectorAll("path")].find((each) => each.hasAttribute("clip-path"))!;
    return [
      Math.min(...labels.map((each) => each.getBoundingClientRect().left)) -
        svg.getBoundingClientRect().left,
      Math.max(...labels.map((each) => each.getBoundingClientRect().right)),
      curve.getBoundingClientRect().left,
    ];
  });
  expect(labelsEnd).toBeLessThan(curveBegins!);
  expect(labelsBegin).toBeGreaterThanOrEqual(0);
});

test("an account without a history yet shows its score, and the history once it is there", async ({
  page,
}) => {
  let asked = 0;
  await page.route("**/ListHealthHistory", async (route) => {
    if (asked++ === 0) await route.fulfill({ contentType: "application/proto", body: "" });
    else await route.continue();
  });
  await page.goto(ACCOUNT);
  await expect(page.getByText("No history yet")).toBeVisible();
  await expect(page.locator("[data-score]")).toBeVisible();
  await expect(page.getByRole("img", { name: "Health score by day" })).toBeVisible();
});

test("the history has markers and a table twin", async ({ page }) => {
  await page.goto(ACCOUNT);
  await expect(page.getByRole("img", { name: "Health score by day" })).toBeVisible();
  await page.getByRole("button", { name: "as table" }).click();
  await expect(page).toHaveURL(/view=table/);
  const table = page.getByRole("region", { name: "Score by day" }).getByRole("table");
  await expect(table).toContainText("model six-dimension 2026-11-21 in force");
  await expect(table).toContainText("restated by late facts");
  expect(await table.getByRole("row").count()).toBeGreaterThan(100);
});

test("low confidence stands in words and hatching, and absent metrics are listed with their weight shared out", async ({
  page,
}) => {
  await page.goto("/accounts/anchuan-insurance"); // its confidence is 42 %
  await expect(page.getByText("little is known").first()).toBeVisible();
  await expect(page.locator("[class*=hatched]")).not.toHaveCount(0);
  await expect(page.getByText(/metrics have no data; the weight is shared out/)).toBeVisible();
  await expect(page.getByText(/^[\d.,]+\s*% shared out$/).first()).toBeVisible();
});

test("the as-of slider lives in the address and paints the page as of and known at", async ({
  page,
  server,
}) => {
  await page.goto(ACCOUNT);
  const score = page.locator("[data-score]");
  await expect(score).toBeVisible();
  const now = await score.textContent();
  await page.getByRole("slider", { name: "As of" }).fill("-12");
  await expect(page).toHaveURL(/asOf=\d{4}-\d{2}-\d{2}/);
  const banner = page.getByText(/As of .* \(Asia\/Shanghai\), known then/);
  await expect(banner).toBeVisible();
  await expect(score).not.toHaveText(now!);
  const past = await score.textContent();

  await server.tell("move", { account: "saifeng-new-energy", points: 4 });
  await page.reload();
  await expect(banner).toBeVisible();
  await expect(score).toHaveText(past!);
  await page.getByRole("button", { name: "Show what is known now" }).click();
  await expect(page.getByText(/known now\. Nothing can be changed/)).toBeVisible();
  await page.getByRole("button", { name: "Back to now" }).click();
  await expect(banner).toHaveCount(0);
});

test("a fact moves the shown score without reload", async ({ page, server }) => {
  await page.goto(ACCOUNT);
  const score = page.locator("[data-score]");
  await expect(score).toBeVisible();
  const before = Number(await score.textContent());
  await server.tell("move", { account: "saifeng-new-energy", points: 3 });
  await expect.poll(async () => Number(await score.textContent())).toBeCloseTo(before + 3, 1);
});
