import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SHIPPED } from "./playbook.tsx";

// A playbook of the YAML, plain or folded, on one line.
function playbooks(yaml: string): string[] {
  return [...yaml.matchAll(/^( *)playbook: *(?:>-)?((?:.*)(?:\n\1 +.*)*)/gm)].map((found) =>
    found[2]!.trim().replaceAll(/\s+/g, " "),
  );
}

test("every playbook of the shipped rules has a Chinese text, and no other has", () => {
  const shipped = playbooks(readFileSync("../../alerts/config/rules/core.yaml", "utf8"));
  expect(shipped.length).toBeGreaterThan(3);
  expect([...SHIPPED.keys()].sort()).toEqual(shipped.sort());
});
