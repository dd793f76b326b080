import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { choose, expect, openBoard, panel, rows, test } from "./console.ts";

const PAGES = [
  "/",
  "/portfolio",
  "/accounts",
  "/accounts/ankun-insurance",
  "/pipeline",
  "/pipeline?view=list",
  "/data",
  "/data?import=0",
  "/rules",
  "/models",
  "/system",
  "/system?tab=letters",
];

const settled = (page: Page) =>
  expect(page.getByRole("status", { name: /Loading|加载中/ })).toHaveCount(0);

test("reload, Back and a copied address reproduce filters, sort, tab and open panel", async ({
  page,
  context,
}) => {
  await openBoard(page);
  await page.getByRole("button", { name: /^orange/ }).click();
  await page.getByRole("button", { name: "Account", exact: true }).click();
  await rows(page).nth(1).click();
  await expect(panel(page)).toBeVisible();
  const heading = await panel(page).getByRole("heading", { level: 2 }).textContent();
  const count = await rows(page).count();
  const address = page.url();
  expect(new URL(address).searchParams.get("level")).toBe("orange");

  await page.reload();
  await expect(panel(page).getByRole("heading", { level: 2 })).toHaveText(heading!);
  await expect(rows(page)).toHaveCount(count);
  await expect(page.locator("th[aria-sort]")).toHaveText(/Account/);

  const copy = await context.newPage();
  await copy.goto(address);
  await expect(panel(copy).getByRole("heading", { level: 2 })).toHaveText(heading!);
  await expect(rows(copy)).toHaveCount(count);

  await page.goBack();
  await expect(panel(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^orange/ })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
});

test("Enter during Chinese input submits nothing", async ({ page, context }) => {
  await openBoard(page);
  await rows(page).first().click();
  await panel(page).getByRole("button", { name: "Resolve" }).click();
  const note = panel(page).getByLabel("Note");
  await note.focus();
  const input = await context.newCDPSession(page);
  await input.send("Input.imeSetComposition", { text: "你", selectionStart: 1, selectionEnd: 1 });
  await page.keyboard.press("Enter");
  await expect(note).toBeVisible();
  await expect(page.getByText(/^Resolved:/)).toHaveCount(0);

  await input.send("Input.insertText", { text: "你好" });
  await page.keyboard.press("Enter");
  await expect(page.getByText(/^Resolved:/)).toBeVisible();
});

test("single-key shortcuts act only with focus on the list and can be switched off", async ({
  page,
}) => {
  await openBoard(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/AcknowledgeAlert")) asked.push(request.url());
  });
  await page.getByRole("heading", { name: "Alerts" }).click();
  await page.keyboard.press("a");
  await page.keyboard.press("j");
  expect(asked).toHaveLength(0);
  await expect(page.locator("tr:focus")).toHaveCount(0);

  await page
    .getByRole("button", { name: /zhou\.xin/ })
    .first()
    .click();
  await page.getByRole("checkbox", { name: "Single keys act on lists" }).uncheck();
  await page.keyboard.press("Escape");
  await rows(page).first().focus();
  await page.keyboard.press("a");
  await page.keyboard.press("j");
  await expect(rows(page).first()).toBeFocused();
  expect(asked).toHaveLength(0);
  await page.keyboard.press("ArrowDown");
  await expect(rows(page).nth(1)).toBeFocused();
});

test("days and times stand in the server calendar's zone, named, also when the browser's differs", async ({
  page,
  server,
}) => {
  const { name } = await server.tell<{ name: string }>("raise", {
    rule: "R13",
    account: "ankun-insurance",
    level: 3,
  });
  await openBoard(page);
  expect(await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone)).toBe(
    "Europe/Berlin",
  );
  await expect(page.getByRole("navigation")).toContainText("Asia/Shanghai");
  await page.goto(`/?alert=${name.replace("alerts/", "")}`);
  const shanghai = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Shanghai",
    hour: "2-digit",
    minute: "2-digit",
  });
  const times = [Date.now(), Date.now() - 60_000].map((ms) => `today ${shanghai.format(ms)}`);
  const shown = await panel(page).locator("ol time").first().textContent();
  expect(times).toContain(shown);
});

test("a language switch leaves no mixed text", async ({ page }) => {
  const english: Record<string, string> = JSON.parse(readFileSync("src/gen/texts/en.json", "utf8"));
  const chinese: Record<string, string> = JSON.parse(readFileSync("src/gen/texts/zh.json", "utf8"));
  // Whole texts without placeholders that are words of English alone.
  const words = new Set(
    Object.entries(english)
      .filter(([id, text]) => text !== chinese[id] && !text.includes("{") && /[a-z]{3}/.test(text))
      .map(([, text]) => text),
  );
  await openBoard(page);
  await page
    .getByRole("button", { name: /zhou\.xin/ })
    .first()
    .click();
  await page.getByRole("button", { name: "中文" }).click();
  await page.keyboard.press("Escape");
  for (const address of PAGES) {
    await page.goto(address);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await settled(page);
    const shown = await page.evaluate(() => {
      const texts: string[] = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) texts.push(walker.currentNode.textContent?.trim() ?? "");
      return texts;
    });
    expect(
      shown.filter((text) => words.has(text)),
      address,
    ).toEqual([]);
  }
});

test("in Chinese, services, causes and playbooks of the shipped rules are Chinese too", async ({
  browser,
  server,
}) => {
  const context = await browser.newContext({ baseURL: server.url });
  await choose(context, { language: "zh" });
  const page = await context.newPage();
  await page.goto("/system");
  for (const service of ["网关", "客户", "商机", "健康度", "预警"])
    await expect(page.getByRole("heading", { name: service, exact: true })).toBeVisible();
  await page.goto("/rules?rule=R45");
  await expect(page.getByRole("dialog")).toContainText("销售总监亲自主导挽留");
  await expect(page.getByRole("dialog")).toContainText("价格");
  const { name } = await server.tell<{ name: string }>("raise", { rule: "R13", level: 3 });
  await page.goto(`/?alert=${name.replace("alerts/", "")}`);
  await expect(panel(page)).toContainText("客户成功经理负责恢复计划");
  await context.close();
});

for (const theme of ["light", "dark"] as const) {
  for (const language of ["en", "zh"] as const) {
    test(`WCAG AA: axe has no serious finding on any page, ${language} ${theme}`, async ({
      browser,
      server,
    }) => {
      test.setTimeout(360_000);
      const context = await browser.newContext({ baseURL: server.url, reducedMotion: "reduce" });
      await choose(context, { theme, language });
      const page = await context.newPage();
      const { name } = await server.tell<{ name: string }>("raise", {
        rule: "R13",
        account: "ankun-insurance",
        level: 3,
      });
      const panels = [
        `/?alert=${name.replace("alerts/", "")}`,
        "/?panel=silences",
        "/?panel=silence",
        "/pipeline?deal=deal-1",
      ];
      for (const address of [...PAGES, ...panels, "/accounts/ankun-insurance?asOf=2026-11-20"]) {
        await page.goto(address);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await settled(page);
        const { violations } = await new AxeBuilder({ page })
          .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
          .analyze();
        const serious = violations.filter(
          (each) => each.impact === "serious" || each.impact === "critical",
        );
        expect(
          serious.map(
            (each) =>
              `${address} ${each.id}: ${each.nodes
                .map((node) => node.html)
                .slice(0, 3)
                .join(" ")}`,
          ),
        ).toEqual([]);
      }
      await context.close();
    });
  }
}

test("one failed part of a page is named in place and leaves the rest", async ({
  page,
  server,
}) => {
  await server.tell("fail", { method: "ExplainHealth", on: true });
  await page.goto("/accounts/ankun-insurance");
  const failed = page.getByRole("region", { name: "Why it moved" }).getByRole("alert");
  await expect(failed).toContainText("Why it moved: could not be loaded");
  await expect(page.locator("[data-score]")).toBeVisible();
  await expect(page.getByRole("region", { name: "Dimensions" })).toContainText("Usage activity");

  await server.tell("fail", { method: "ExplainHealth", on: false });
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toHaveCount(0);
});
