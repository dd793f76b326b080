// node mock/server.ts [--port N]: the built console on made-up data, for development and tests.
import { parseArgs } from "node:util";
import { createMockServer } from "./http.ts";
import { World } from "./world.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "4173" }, folder: { type: "string" } },
});
const world = new World();
const server = createMockServer({
  folder: values.folder ?? process.env.CONSOLE_OUT ?? "../../../build/console",
  routes: (router) => world.routes(router),
  control: (name, body) => world.control(name, body as Record<string, never>),
});
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`console on http://127.0.0.1:${values.port}`);
});
