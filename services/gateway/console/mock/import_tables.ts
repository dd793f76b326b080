// What the mock makes of uploaded tables: a guess, a preview, a summary. Orders alone are known.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ColumnKind } from "../src/gen/proto/bellwether/imports/v1/column_pb.js";
import {
  ColumnMeaning,
  type GuessMappingResponseSchema,
  type PreviewRowSchema,
  PreviewState,
  TableMeaning,
} from "../src/gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { RecordKind } from "../src/gen/proto/bellwether/imports/v1/mapping_pb.js";
import {
  type ImportSummary,
  ImportSummarySchema,
} from "../src/gen/proto/bellwether/imports/v1/summary_pb.js";
import { type CsvRow, cents, isBlank, isDay, readCsv } from "./csv.ts";

export interface MockTable {
  fileName: string;
  text: string;
}

const GUESSES = [
  [/^order|number|no\b/i, ColumnMeaning.ORDER_ID, ColumnKind.TEXT, "", "every cell differs"],
  [
    /customer|client|kunde/i,
    ColumnMeaning.CUSTOMER_NAME,
    ColumnKind.TEXT,
    "",
    "its name says a customer, and cells repeat",
  ],
  [
    /date|day|datum/i,
    ColumnMeaning.TIME,
    ColumnKind.TIME,
    "%d.%m.%Y",
    "all cells but one are days",
  ],
  [
    /amount|total|betrag/i,
    ColumnMeaning.AMOUNT,
    ColumnKind.NUMBER,
    "decimal comma, EUR",
    "amounts with a currency behind",
  ],
  [/product/i, ColumnMeaning.PRODUCT, ColumnKind.TEXT, "", "few different words"],
] as const;

function guessed(name: string, rows: readonly CsvRow[], at: number) {
  const known = GUESSES.find(([pattern]) => pattern.test(name));
  const samples = [...new Set(rows.map((row) => row.cells[at] ?? ""))].filter(Boolean).slice(0, 5);
  return {
    name,
    samples,
    meaning: known?.[1] ?? ColumnMeaning.NONE,
    kind: known?.[2] ?? ColumnKind.TEXT,
    format: known?.[3] ?? "",
    reason: known?.[4] ?? "nothing in its name or cells says what it is",
  };
}

function parts(table: MockTable): { header: string[]; rows: CsvRow[] } {
  const [header, ...rows] = readCsv(table.text);
  return { header: header?.cells ?? [], rows: rows.filter((row) => !isBlank(row)) };
}

function columnAt(header: readonly string[], meaning: ColumnMeaning): number {
  const [pattern] = GUESSES.find((each) => each[1] === meaning)!;
  return header.findIndex((name) => pattern.test(name));
}

const isOrders = (header: readonly string[]) =>
  [ColumnMeaning.CUSTOMER_NAME, ColumnMeaning.TIME, ColumnMeaning.AMOUNT].every(
    (meaning) => columnAt(header, meaning) >= 0,
  );

export function guess(
  tables: readonly MockTable[],
): MessageInitShape<typeof GuessMappingResponseSchema> {
  const recognised = tables.some((table) => isOrders(parts(table).header));
  return {
    recognised,
    mappingText: recognised ? mappingOf(tables) : "mapping_id: TODO\nfiles: []\n",
    tables: tables.map((table) => {
      const { header, rows } = parts(table);
      const orders = isOrders(header);
      return {
        fileName: table.fileName,
        meaning: orders ? TableMeaning.ORDERS : TableMeaning.UNKNOWN,
        reason: orders
          ? "each row has a customer, a day and an amount, and the order number is never repeated"
          : "no column holds a day",
        columns: header.map((name, at) => guessed(name, rows, at)),
        rowsSeen: BigInt(rows.length),
      };
    }),
    advice: recognised
      ? ["Look whether the days are written day first: %d.%m.%Y was taken."]
      : ["Say in `records` what a row is."],
  };
}

function mappingOf(tables: readonly MockTable[]): string {
  const files = tables.map((table) => {
    const { header, rows } = parts(table);
    const columns = header.map((name, at) => {
      const { kind, format } = guessed(name, rows, at);
      const time = kind === ColumnKind.TIME ? `, time_formats: ["${format}"]` : "";
      return `      - {name: ${name}, kind: ${ColumnKind[kind].toLowerCase()}${time}}`;
    });
    return [
      `  - file_id: ${table.fileName.replace(/\W.*/, "")}`,
      `    path: ${table.fileName}`,
      "    layout: csv",
      "    delimiter: auto",
      "    header: true",
      "    columns:",
      ...columns,
    ].join("\n");
  });
  return `mapping_id: uploaded-orders\nsource: import/uploaded-orders\ntime_zone: Asia/Shanghai\nfiles:\n${files.join("\n")}\n`;
}

export function mappingFaults(text: string) {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => /TODO|\t|kind: nmber/.test(line));
  if (at >= 0)
    return [
      { line: at + 1, column: 1, field: "files.0", message: `"${lines[at]!.trim()}" is not known` },
    ];
  return text.includes("mapping_id:")
    ? []
    : [{ line: 0, column: 0, field: "mapping_id", message: "mapping_id is missing" }];
}

interface Judged {
  row: CsvRow;
  customer: string;
  order: string;
  amount: bigint;
  problems: {
    path: string;
    line: bigint;
    position: bigint;
    column: string;
    reason: string;
    message: string;
  }[];
}

function judge(table: MockTable): Judged[] {
  const { header, rows } = parts(table);
  const cell = (row: CsvRow, meaning: ColumnMeaning) => row.cells[columnAt(header, meaning)] ?? "";
  return rows.map((row) => {
    const day = cell(row, ColumnMeaning.TIME);
    const amount = cents(cell(row, ColumnMeaning.AMOUNT));
    const problem = (meaning: ColumnMeaning, reason: string, message: string) => {
      const at = columnAt(header, meaning);
      const position = BigInt(row.cells.slice(0, at).join(";").length + 2);
      const line = BigInt(row.line);
      return { path: table.fileName, line, position, column: header[at] ?? "", reason, message };
    };
    const problems = [];
    if (!isDay(day))
      problems.push(
        problem(ColumnMeaning.TIME, "NOT_A_TIME", `"${day}" is not a time as %d.%m.%Y`),
      );
    if (amount === undefined)
      problems.push(problem(ColumnMeaning.AMOUNT, "NOT_A_NUMBER", "it is not a number"));
    return {
      row,
      customer: cell(row, ColumnMeaning.CUSTOMER_NAME),
      order: cell(row, ColumnMeaning.ORDER_ID),
      amount: amount ?? 0n,
      problems,
    };
  });
}

export function preview(
  tables: readonly MockTable[],
  most: number,
): MessageInitShape<typeof PreviewRowSchema>[] {
  return tables.flatMap((table) =>
    judge(table)
      .slice(0, most)
      .map(({ row, customer, order, amount, problems }) => ({
        path: table.fileName,
        line: BigInt(row.line),
        state: problems.length > 0 ? PreviewState.REFUSED : PreviewState.MADE,
        cells: row.cells,
        problems,
        records:
          problems.length > 0
            ? []
            : [
                {
                  kind: RecordKind.FACT,
                  id: `order-${order}`,
                  accountId: customer.replaceAll(" ", "-"),
                  factKind: "order_placed",
                  json: JSON.stringify({
                    orderPlaced: { orderId: order, amount: { amountMinor: `${amount}` } },
                  }),
                },
              ],
      })),
  );
}

export function refusedRows(tables: readonly MockTable[]) {
  return tables.flatMap((table) => judge(table).flatMap((each) => each.problems));
}

const decimal = (minor: bigint) => {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, "0");
  return `${minor < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

const amountColumn = (table: MockTable) => {
  const { header } = parts(table);
  return header[columnAt(header, ColumnMeaning.AMOUNT)] ?? "";
};

export function summarize(tables: readonly MockTable[], importRun: string): ImportSummary {
  const sent = importRun !== "";
  const judged = tables.map((table) => ({ table, rows: judge(table) }));
  const good = judged.flatMap(({ rows }) => rows.filter((each) => each.problems.length === 0));
  const problems = judged.flatMap(({ rows }) => rows.flatMap((each) => each.problems));
  const customers = new Set(good.map((each) => each.customer)).size;
  const groups = new Map<string, typeof problems>();
  for (const each of problems) {
    const key = `${each.path}/${each.column}/${each.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const sum = good.reduce((total, each) => total + each.amount, 0n);
  const facts = BigInt(good.length);
  return create(ImportSummarySchema, {
    mappingId: "uploaded-orders",
    importRun,
    tables: judged.map(({ table, rows }) => {
      const refused = rows.filter((each) => each.problems.length > 0).length;
      return {
        path: table.fileName,
        rows: BigInt(rows.length),
        refused: BigInt(refused),
        made: BigInt(rows.length - refused),
        sums: [
          {
            column: amountColumn(table),
            currencyCode: "EUR",
            sum: decimal(sum),
            cells: BigInt(good.length),
          },
        ],
      };
    }),
    accounts: sent
      ? { found: BigInt(customers), created: BigInt(customers - 1), unchanged: 1n }
      : { found: BigInt(customers) },
    facts: sent
      ? { found: facts, accepted: facts, complete: true, counted: facts - 1n, late: 1n }
      : { found: facts },
    problems,
    faultGroups: [...groups.values()].map((group) => ({
      path: group[0]!.path,
      column: group[0]!.column,
      reason: group[0]!.reason,
      rows: BigInt(group.length),
      message: group[0]!.message,
      places: group.slice(0, 3).map(({ line, position }) => ({ line, position })),
    })),
    cleaned: [{ path: tables[0]?.fileName ?? "", column: "Customer", rows: 1n }],
    amounts: [
      {
        field: "order_placed.amount",
        facts,
        amount: { currencyCode: "EUR", amountMinor: sum, baseAmountMinor: (sum * 78n) / 10n },
        reportingCurrency: "CNY",
      },
    ],
    onlyServerJudges: sent ? [] : ["which facts were counted before, and which lie too far back"],
    conclusion:
      problems.length === 0
        ? "Everything was taken."
        : `${problems.length} rows were refused; the others went on.`,
  });
}
