// What every test on a running system has: a person at its console.
import { test as base } from "@playwright/test";
import { choose } from "../console.ts";

export const test = base.extend({
  context: async ({ context }, use) => {
    if (!process.env.BELLWETHER_URL)
      throw new Error("BELLWETHER_URL says where it runs: http://127.0.0.1:8080");
    await choose(context, { principal: "console.test" });
    await use(context);
  },
});
