// node mock/server.ts [--port N] [--accounts N] [--at INSTANT]: the built console on made-up data, for development and tests.
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { createMockServer } from "./http.ts";
import { World } from "./world.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4173" },
    folder: { type: "string" },
    accounts: { type: "string" },
    // Its clock stands still then.
    at: { type: "string" },
  },
});
const world = new World({
  accounts: values.accounts ? Number(values.accounts) : undefined,
  stoppedMs: values.at ? Date.parse(values.at) : undefined,
});
const server = createMockServer({
  folder: values.folder ?? process.env.CONSOLE_OUT ?? "../../../build/console",
  routes: (router) => world.routes(router),
  interceptors: [world.network.interceptor],
  file: (path) => world.imports.file(path),
  control: (name, body) => world.control(name, body as object),
});
server.listen(Number(values.port), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`console on http://127.0.0.1:${port}`);
});
