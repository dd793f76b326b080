import { defineConfig } from "@playwright/test";
import mock from "./playwright.config.ts";

// Against a running system at BELLWETHER_URL, whose data they leave as they may: `npm run e2e:real`.
export default defineConfig({
  ...mock,
  testDir: "e2e/real",
  testIgnore: [],
  outputDir: process.env.CONSOLE_RESULTS ?? "test-results/real",
  // They share one system, which they change.
  workers: 1,
  fullyParallel: false,
  use: { ...mock.use, baseURL: process.env.BELLWETHER_URL, trace: "retain-on-failure" },
});
