// What the first view costs: the scripts and styles that index.html names, with all that they import
// at once, and the worker. Fails above the budget.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET_KIB = 300;
const out = process.env.CONSOLE_OUT ?? "../../../build/console";

const size = (file: string) => gzipSync(readFileSync(join(out, file)), { level: 9 }).length;

function firstView(): string[] {
  const page = readFileSync(join(out, "index.html"), "utf8");
  if (/<script(?![^>]*\bsrc=)[^>]*>/.test(page)) throw new Error("index.html has an inline script");
  const seen = new Set(
    [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((m) => m[1] as string),
  );
  for (const file of seen) {
    if (!file.endsWith(".js")) continue;
    const script = readFileSync(join(out, file), "utf8");
    for (const [, name] of script.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
      seen.add(`assets/${name}`);
  }
  return [...seen];
}

// What the board fetches besides: its own chunk, one language, the worker.
function board(
  manifest: Record<string, { file: string; name?: string; imports?: string[]; css?: string[] }>,
) {
  const files = new Set<string>();
  const add = (key: string) => {
    const chunk = manifest[key];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const key of chunk.imports ?? []) add(key);
  };
  for (const key of Object.keys(manifest))
    if (/pages\/board\/page\.tsx$|gen\/texts\/zh\.json$/.test(key)) add(key);
  return [...files];
}

const manifest = JSON.parse(readFileSync(join(out, ".vite/manifest.json"), "utf8"));
const worker = manifest["index.html"].assets ?? [];
const files = [...new Set([...firstView(), ...board(manifest), ...worker])];
let total = 0;
for (const file of files.sort()) {
  const bytes = size(file);
  total += bytes;
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KiB  ${file}`);
}
console.log(
  `${(total / 1024).toFixed(1).padStart(7)} KiB  first view, of ${BUDGET_KIB} at most (gzip)`,
);
if (total > BUDGET_KIB * 1024) process.exit(1);
