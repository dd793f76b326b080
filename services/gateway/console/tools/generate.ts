// Writes src/gen: messages and services of the protos, and the texts of all folders in one file per
// language, whose ids become a type.
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const protos = process.env.PROTO_DIR ?? join(here, "../../../proto");
const out = join(here, "src/gen");
const LANGUAGES = ["en", "zh"];

function generateMessages(): void {
  const files = globSync("bellwether/**/*.proto", { cwd: protos }).sort();
  mkdirSync(join(out, "proto"), { recursive: true });
  execFileSync("protoc", [
    `--plugin=protoc-gen-es=${join(here, "node_modules/.bin/protoc-gen-es")}`,
    `--es_out=${join(out, "proto")}`,
    "--es_opt=target=js+dts,import_extension=js",
    `--proto_path=${protos}`,
    ...files,
  ]);
}

function mergeTexts(): void {
  mkdirSync(join(out, "texts"), { recursive: true });
  let ids: string[] = [];
  for (const language of LANGUAGES) {
    const merged = new Map<string, string>();
    for (const file of globSync(`src/**/texts.${language}.json`, { cwd: here }).sort()) {
      for (const [id, text] of Object.entries<string>(
        JSON.parse(readFileSync(join(here, file), "utf8")),
      )) {
        if (merged.has(id)) throw new Error(`${file}: the text ${id} is there already`);
        merged.set(id, text);
      }
    }
    const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(
      join(out, "texts", `${language}.json`),
      `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`,
    );
    if (language === "en") ids = sorted.map(([id]) => id);
  }
  writeFileSync(
    join(out, "texts/ids.d.ts"),
    `export type TextId =\n${ids.map((id) => `  | ${JSON.stringify(id)}`).join("\n")};\n`,
  );
}

const only = process.argv[2];
if (only !== "texts") {
  rmSync(out, { recursive: true, force: true });
  generateMessages();
}
mergeTexts();
