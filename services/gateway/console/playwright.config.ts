import { defineConfig } from "@playwright/test";

const report = process.env.CONSOLE_REPORT;
const port = process.env.CONSOLE_PORT ?? "24173";

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/e2e",
  workers: 1,
  timeout: 60_000,
  forbidOnly: true,
  reporter: report ? [["line"], ["junit", { outputFile: report }]] : [["line"]],
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Berlin", // not the calendar's zone
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--force-color-profile=srgb"],
    },
  },
  webServer: {
    command: `node mock/server.ts --port ${port}`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
  },
});
