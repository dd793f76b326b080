// What every test on a running system has: a person at its console.
import { type APIRequestContext, test as base } from "@playwright/test";
import { choose } from "../console.ts";

export const test = base.extend({
  context: async ({ context }, use) => {
    if (!process.env.BELLWETHER_URL)
      throw new Error("BELLWETHER_URL says where it runs: http://127.0.0.1:8080");
    await choose(context, { principal: "console.test" });
    await use(context);
  },
});

// Skips the test, and says so, on a system that does not know the method or is not set up for it.
export async function needs(request: APIRequestContext, method: string): Promise<void> {
  const answer = await request.post(`/${method}`, {
    data: {},
    headers: { "connect-protocol-version": "1" },
  });
  const said = await answer.text();
  test.skip(
    answer.status() === 404 || /"unimplemented"|_NOT_CONFIGURED/.test(said),
    `${method} is not served here: ${answer.status()} ${said}`,
  );
}
