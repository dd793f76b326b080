// Serves the console as the gateway does (files, headers, the Connect protocol on the same origin),
// on data that tests can move by POST /mock/<name>.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; font-src 'self'; media-src 'self'; worker-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

export function serveFile(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
  const file = join(folder, path);
  const found = existsSync(file) && statSync(file).isFile();
  if (!found && extname(path) !== "") {
    response.writeHead(404).end();
    return;
  }
  const name = found ? file : join(folder, "index.html");
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    "cache-control": name.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
  });
  createReadStream(name).pipe(response);
}

export type Control = (name: string, body: unknown) => unknown;

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : JSON.parse(text);
}

// The change of a service is refused without the header that no other site's form can send.
function refusesChange(request: IncomingMessage): boolean {
  const method = request.url?.split("/").pop() ?? "";
  return (
    request.method === "POST" &&
    !/^(Get|List|Batch|Rank|Watch|Explain|Verify|Preview|Guess|Count|Tail)/.test(method) &&
    request.headers["connect-protocol-version"] !== "1"
  );
}

export function createMockServer(options: {
  folder: string;
  routes: (router: ConnectRouter) => void;
  control: Control;
  // What a path leads to that is neither a call nor a file of the console.
  file: (path: string) => string | undefined;
  interceptors: Interceptor[];
}): Server {
  const connect = connectNodeAdapter({
    routes: options.routes,
    interceptors: options.interceptors,
    fallback: (request, response) =>
      serveFile(options.folder, request as IncomingMessage, response as ServerResponse),
  });
  return createServer(async (request, response) => {
    if (request.url?.startsWith("/mock/")) {
      const result = await options.control(
        request.url.slice("/mock/".length),
        await readJson(request),
      );
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify(result ?? {}, (_, value) =>
          typeof value === "bigint" ? `${value}` : value,
        ),
      );
      return;
    }
    const file = options.file(request.url ?? "");
    if (file !== undefined) {
      response.writeHead(200, {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="refused.csv"',
      });
      response.end(file);
      return;
    }
    if (request.url?.startsWith("/bellwether.") && refusesChange(request)) {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          code: "permission_denied",
          message: "the header Connect-Protocol-Version is missing",
        }),
      );
      return;
    }
    connect(request, response);
  });
}
