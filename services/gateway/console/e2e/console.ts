// What every test has: a server of its own on made-up data, a console at its address, and the means
// to move that data.
import { type ChildProcess, spawn } from "node:child_process";
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import type { Settings } from "../src/shared/settings.ts";

export class MockServer {
  readonly url: string;
  #process: ChildProcess;

  constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  static start(...options: string[]): Promise<MockServer> {
    const process = spawn("node", ["mock/server.ts", "--port", "0", ...options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    return new Promise((resolve, reject) => {
      process.once("exit", (code) => reject(new Error(`the mock server ended, ${code}`)));
      process.stdout?.on("data", (chunk: Buffer) => {
        const found = /http:\/\/\S+/.exec(chunk.toString());
        if (found) resolve(new MockServer(process, found[0]));
      });
    });
  }

  // Moves the data: see mock/world.ts.
  async tell<T = Record<string, never>>(name: string, body: object = {}): Promise<T> {
    const answer = await fetch(`${this.url}/mock/${name}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return answer.json();
  }

  stop(): void {
    this.#process.removeAllListeners("exit");
    this.#process.kill();
  }
}

export async function choose(context: BrowserContext, settings: Partial<Settings>): Promise<void> {
  await context.addInitScript(
    (chosen) => {
      const key = "bellwether.settings";
      if (!localStorage.getItem(key)) localStorage.setItem(key, JSON.stringify(chosen));
    },
    { language: "en", theme: "light", principal: "zhou.xin", shortcuts: true, ...settings },
  );
}

export const test = base.extend<{ server: MockServer; settings: Partial<Settings> }>({
  settings: [{}, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from the pattern
  server: async ({}, use) => {
    const server = await MockServer.start();
    await use(server);
    server.stop();
  },
  baseURL: async ({ server }, use) => use(server.url),
  context: async ({ context, settings }, use) => {
    await choose(context, settings);
    await use(context);
  },
});

export { expect };

export const rows = (page: Page) => page.locator("tbody tr[data-id]");
export const row = (page: Page, name: string) => page.locator(`tbody tr[data-id="${name}"]`);
export const panel = (page: Page) => page.getByRole("complementary");
export const badge = (page: Page) => page.locator("[data-phase]");

// The board with its alerts on it.
export async function openBoard(page: Page, search = ""): Promise<void> {
  await page.goto(`/${search}`);
  await expect(rows(page).first()).toBeVisible();
  await expect(badge(page)).toHaveAttribute("data-phase", "live");
}

export async function openAlertNames(
  server: MockServer,
): Promise<{ name: string; level: number; account: string }[]> {
  return server.tell("open");
}
