import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  worker: { format: "es" },
  build: {
    outDir: process.env.CONSOLE_OUT ?? "../../../build/console",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    // The page's policy lets no data: address be a script or a style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    include: ["src/**/*.test.ts", "mock/**/*.test.ts"],
    environment: "node",
    reporters: process.env.CONSOLE_REPORT ? ["default", "junit"] : ["default"],
    outputFile: { junit: process.env.CONSOLE_REPORT ?? "test-results/unit.xml" },
  },
});
