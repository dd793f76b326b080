// As much of CSV as the mock's tables need: a delimiter found in the first line, quotes. Lines
// without anything are no rows.
export interface CsvRow {
  line: number;
  cells: string[];
}

export function readCsv(text: string): CsvRow[] {
  const lines = text.split(/\r?\n/);
  const first = lines[0] ?? "";
  const delimiter = [";", "\t", "|"].find((each) => first.includes(each)) ?? ",";
  const rows: CsvRow[] = [];
  lines.forEach((line, at) => {
    if (line !== "") rows.push({ line: at + 1, cells: cellsOf(line, delimiter) });
  });
  return rows;
}

function cellsOf(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += character;
  }
  return [...cells, cell];
}

export const isBlank = (row: CsvRow) => row.cells.every((cell) => cell.trim() === "");

// "31.06.2026" is none.
export function isDay(cell: string): boolean {
  const german = /^(\d\d)\.(\d\d)\.(\d{4})$/.exec(cell);
  const iso = /^(\d{4})-(\d\d)-(\d\d)/.exec(cell);
  const [year, month, day] = german
    ? [Number(german[3]), Number(german[2]), Number(german[1])]
    : iso
      ? [Number(iso[1]), Number(iso[2]), Number(iso[3])]
      : [0, 0, 0];
  const made = new Date(Date.UTC(year, month - 1, day));
  return year > 0 && made.getUTCMonth() === month - 1 && made.getUTCDate() === day;
}

// "18.353,96 EUR" → 1835396n; undefined where it is no amount.
export function cents(cell: string): bigint | undefined {
  const found =
    /^(-?)([\d.]+),(\d\d)(?: [A-Z]{3})?$/.exec(cell) ?? /^(-?)(\d+)\.(\d\d)$/.exec(cell);
  if (!found) return undefined;
  const value = BigInt(found[2]!.replaceAll(".", "") + found[3]!);
  return found[1] === "-" ? -value : value;
}
