// npm run bench:board: the board with 2 000 open alerts and 50 changes a second for 10 s, in a real
// Chromium, and beside it an empty page in the same run. Says how many tasks of the page's main
// thread held it for more than 50 ms and the longest, by the clock and by the processor's time: on a
// machine that does other things, too, only the latter is the board's own. Fails where it is over.
import { type Browser, chromium, type Page } from "@playwright/test";
import { choose, MockServer } from "../e2e/console.ts";

const OPEN = 2_000;
const CHANGES_PER_SECOND = 50;
const SECONDS = 10;
const LONG_MS = 50;
const ACCOUNTS = 400;

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  // Microseconds: by the clock, and of the thread.
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

interface Tasks {
  what: string;
  // As PerformanceObserver saw them.
  observed: number;
  longest: number;
  longestCpu: number;
  overCpu: number;
  busy: number;
}

// What the main thread of the page did while `during` went on.
async function measure(
  browser: Browser,
  page: Page,
  what: string,
  during: () => Promise<void>,
): Promise<Tasks> {
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(globalThis, { seenLongTasks: seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.push(entry.duration);
    }).observe({ type: "longtask" });
  });
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
  await during();
  const trace: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString());
  const observed = await page.evaluate(
    () => (globalThis as unknown as { seenLongTasks: number[] }).seenLongTasks.length,
  );
  const mains = new Set(
    trace.traceEvents
      .filter((each) => each.name === "thread_name" && each.args?.name === "CrRendererMain")
      .map((each) => `${each.pid}/${each.tid}`),
  );
  const tasks = trace.traceEvents.filter(
    (each) => each.name === "RunTask" && mains.has(`${each.pid}/${each.tid}`),
  );
  const cpu = tasks.map((each) => (each.tdur ?? each.dur ?? 0) / 1_000);
  return {
    what,
    observed,
    longest: Math.max(0, ...tasks.map((each) => (each.dur ?? 0) / 1_000)),
    longestCpu: Math.max(0, ...cpu),
    overCpu: cpu.filter((ms) => ms > LONG_MS).length,
    busy: cpu.reduce((sum, ms) => sum + ms, 0) / (SECONDS * 1_000),
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function say({ what, observed, longest, longestCpu, overCpu, busy }: Tasks): void {
  console.log(
    `${what.padEnd(8)} ${String(observed).padStart(10)} ${longest.toFixed(1).padStart(12)} ` +
      `${String(overCpu).padStart(14)} ${longestCpu.toFixed(1).padStart(14)} ` +
      `${(100 * busy).toFixed(1).padStart(8)} %`,
  );
}

const server = await MockServer.start("--accounts", String(ACCOUNTS));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  await server.tell("fill", { count: OPEN });
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width: 1440, height: 900 },
  });
  await choose(context, {});
  const page = await context.newPage();
  await page.goto("/mark.svg");
  const empty = await measure(browser, page, "empty", () => wait(SECONDS * 1_000).then(() => {}));
  await page.goto("/");
  await page.locator("tbody tr[data-id]").first().waitFor();
  const open = await page.locator("table").getAttribute("aria-rowcount");
  const board = await measure(browser, page, "board", async () => {
    await server.tell("storm", { count: CHANGES_PER_SECOND });
    await wait(SECONDS * 1_000);
    await server.tell("storm", { count: 0 });
  });
  console.log(
    `${Number(open) - 1} open alerts, ${CHANGES_PER_SECOND} changes a second for ${SECONDS} s; tasks over ${LONG_MS} ms:`,
  );
  console.log("page      by clock   longest ms   by processor     longest ms       busy");
  say(empty);
  say(board);
  if (board.overCpu > 0) process.exitCode = 1;
} finally {
  await browser.close();
  server.stop();
}
