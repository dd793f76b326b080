import { defineConfig } from "@playwright/test";

const report = process.env.CONSOLE_REPORT;

export default defineConfig({
  testDir: "e2e",
  // Those need a running system: playwright.real.config.ts.
  testIgnore: "real/**",
  outputDir: "test-results/e2e",
  workers: 2,
  fullyParallel: true,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: report ? [["line"], ["junit", { outputFile: report }]] : [["line"]],
  use: {
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Berlin", // not the calendar's zone
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--force-color-profile=srgb"],
    },
  },
});
