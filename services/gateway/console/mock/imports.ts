// The table imports of the mock: uploads in memory, imports that take as long as the clock says.
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import {
  type StartTableImportRequest,
  type TableImport,
  TableImportMode,
  TableImportPhase,
  TableImportSchema,
  TableImportState,
  TableImportsService,
} from "../src/gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { Layout } from "../src/gen/proto/bellwether/imports/v1/mapping_pb.js";
import { DAY, HOUR, type MockClock } from "./clock.ts";
import {
  guess,
  type MockTable,
  mappingFaults,
  preview,
  refusedRows,
  summarize,
} from "./import_tables.ts";
import { principal } from "./principal.ts";
import { refusal } from "./refused.ts";

interface StoredFile {
  pieces: Buffer;
  complete: boolean;
}

interface StoredUpload {
  name: string;
  displayName: string;
  principal: string;
  createMs: number;
  files: Map<string, StoredFile>;
}

interface StoredImport {
  message: TableImport;
  tables: MockTable[];
  startMs: number;
}

const ENDS = /\.(csv|tsv|txt|jsonl)(\.gz)?$|\.xlsx$/;
const newId = () => randomUUID().replaceAll("-", "");

export class MockImports {
  // How long a run takes.
  runMs = 2_500;
  readonly withdrawn = new Map<string, string>();
  #uploads = new Map<string, StoredUpload>();
  #imports: StoredImport[] = [];
  #clock: MockClock;

  constructor(clock: MockClock) {
    this.#clock = clock;
    const table = {
      fileName: "orders-october.csv",
      text: "Order no.;Customer;Datum;Betrag\n1;Acme;01.10.2026;12,00 EUR\n2;Acme;31.09.2026;7,00 EUR\n",
    };
    this.#add(
      create(TableImportSchema, {
        name: "tableImports/0",
        displayName: "orders-october.csv",
        mappingId: "uploaded-orders",
        mode: TableImportMode.RUN,
        importRun: "uploaded-orders-1",
        principal: "he.jun",
        createTime: clock.at(6 * DAY),
        startTime: clock.at(6 * DAY),
        endTime: clock.at(6 * DAY - HOUR / 30),
      }),
      [table],
      clock.now() - 6 * DAY,
    );
  }

  #add(message: TableImport, tables: MockTable[], startMs: number): TableImport {
    this.#imports.unshift({ message, tables, startMs });
    return message;
  }

  #upload(name: string): StoredUpload {
    const found = this.#uploads.get(name);
    if (!found)
      throw refusal(Code.NotFound, `there is no upload ${name}`, "UPLOAD_NOT_FOUND", "name");
    return found;
  }

  #message(of: StoredUpload) {
    return {
      name: of.name,
      displayName: of.displayName,
      principal: of.principal,
      createTime: this.#clock.at(this.#clock.now() - of.createMs),
      expireTime: this.#clock.at(this.#clock.now() - of.createMs - 7 * DAY),
      files: [...of.files].sort().map(([fileName, { pieces, complete }]) => ({
        fileName,
        bytes: BigInt(pieces.length),
        complete,
      })),
    };
  }

  #tables(upload: string): MockTable[] {
    return [...this.#upload(upload).files]
      .filter(([, file]) => file.complete)
      .sort()
      .map(([fileName, { pieces }]) => ({ fileName, text: pieces.toString("utf8") }));
  }

  // As far as it has come by now.
  #asItStands(of: StoredImport, whole = true): TableImport {
    const { message, tables } = of;
    const rows = BigInt(tables.reduce((sum, { text }) => sum + text.split("\n").length - 1, 0));
    const share = Math.min(1, (this.#clock.now() - of.startMs) / this.runMs);
    if (message.state === TableImportState.CANCELLED) return message;
    if (share >= 1) {
      message.state = TableImportState.DONE;
      const refused = refusedRows(tables).length;
      message.refusedRows = BigInt(refused);
      message.everythingTaken = refused === 0;
      message.endTime ??= this.#clock.at();
    } else {
      message.state = TableImportState.RUNNING;
      const reading = message.mode === TableImportMode.CHECK || share < 0.3;
      const done = BigInt(Math.floor(Number(rows) * share));
      message.progress = {
        $typeName: "bellwether.imports.v1.TableImportProgress",
        phase: reading ? TableImportPhase.READING : TableImportPhase.FACTS,
        done,
        total: reading ? 0n : rows,
        rowsRead: reading ? done : rows,
        factsSent: reading ? 0n : done,
        updateTime: this.#clock.at(),
      };
    }
    if (!whole || share < 1) return message;
    return create(TableImportSchema, {
      ...message,
      summary: summarize(tables, message.importRun),
    });
  }

  #find(name: string): StoredImport {
    const found = this.#imports.find((each) => each.message.name === name);
    if (!found)
      throw refusal(Code.NotFound, `there is no import ${name}`, "TABLE_IMPORT_NOT_FOUND", "name");
    return found;
  }

  // The file of refused rows, or nothing.
  file(path: string): string | undefined {
    const id = /^\/v1\/table-imports\/(\w+)\/refused\.csv$/.exec(path)?.[1];
    const found = this.#imports.find((each) => each.message.name === `tableImports/${id}`);
    if (!found) return undefined;
    const lines = refusedRows(found.tables).map((each) =>
      [
        each.path,
        each.line,
        each.position,
        each.column,
        each.reason,
        `"${each.message.replaceAll('"', '""')}"`,
      ].join(","),
    );
    return ["file,line,position,column,reason,message", ...lines, ""].join("\n");
  }

  #start(request: StartTableImportRequest, context: HandlerContext): TableImport {
    const who = principal(context);
    const upload = this.#upload(request.upload);
    const text = request.mapping.case === "mappingText" ? request.mapping.value : "";
    const [fault] = text === "" ? [] : mappingFaults(text);
    if (fault)
      throw refusal(
        Code.InvalidArgument,
        `${fault.line}:${fault.column} ${fault.message}`,
        "BAD_MAPPING",
        fault.field,
      );
    if ([...upload.files.values()].some((file) => !file.complete))
      throw refusal(Code.FailedPrecondition, "a file is not complete", "UPLOAD_INCOMPLETE");
    const runs = request.mode === TableImportMode.RUN;
    return this.#add(
      create(TableImportSchema, {
        name: `tableImports/${newId()}`,
        upload: request.upload,
        displayName: upload.displayName,
        mappingId: "uploaded-orders",
        mappingText: text,
        mode: request.mode,
        state: TableImportState.QUEUED,
        importRun: runs ? `uploaded-orders-${this.#imports.length + 1}` : "",
        principal: who,
        createTime: this.#clock.at(),
        startTime: this.#clock.at(),
        shiftToNow: request.shiftToNow,
      }),
      this.#tables(request.upload),
      this.#clock.now(),
    );
  }

  routes(router: ConnectRouter): void {
    router.service(TableImportsService, {
      createUpload: ({ displayName }, context) => {
        const upload: StoredUpload = {
          name: `uploads/${newId()}`,
          displayName,
          principal: principal(context),
          createMs: this.#clock.now(),
          files: new Map(),
        };
        this.#uploads.set(upload.name, upload);
        return this.#message(upload);
      },
      getUpload: ({ name }) => this.#message(this.#upload(name)),
      listUploads: () => ({
        uploads: [...this.#uploads.values()].reverse().map((each) => this.#message(each)),
      }),
      writeUploadFile: ({ name, fileName, offset, piece, complete }) => {
        const { files } = this.#upload(name);
        if (!ENDS.test(fileName))
          throw refusal(
            Code.InvalidArgument,
            `"${fileName}" does not end in .csv, .tsv, .txt, .jsonl or .xlsx`,
            "FILE_NAME_INVALID",
            "file_name",
          );
        const file = files.get(fileName) ?? { pieces: Buffer.alloc(0), complete: false };
        const at = Number(offset);
        const there = file.pieces.length;
        if (at > there)
          throw refusal(Code.FailedPrecondition, `${there} bytes are there`, "OFFSET_AHEAD");
        if (complete && at + piece.length < there)
          throw refusal(Code.FailedPrecondition, `${there} bytes are there`, "CHUNK_DIFFERS");
        const again = Buffer.from(piece.subarray(0, there - at));
        if (!file.pieces.subarray(at, at + again.length).equals(again))
          throw refusal(Code.FailedPrecondition, "other bytes are there", "CHUNK_DIFFERS");
        file.pieces = Buffer.concat([file.pieces, piece.subarray(there - at)]);
        file.complete ||= complete;
        files.set(fileName, file);
        return { fileName, bytes: BigInt(file.pieces.length), complete: file.complete };
      },
      deleteUpload: ({ name }) => {
        this.#uploads.delete(name);
        return {};
      },
      deleteUploadFile: ({ name, fileName }) => {
        const upload = this.#upload(name);
        upload.files.delete(fileName);
        return this.#message(upload);
      },
      listMappings: () => ({ mappings: [SHIPPED] }),
      getMapping: ({ name }) => {
        if (name !== SHIPPED.name)
          throw new ConnectError(`there is no mapping ${name}`, Code.NotFound);
        return { ...SHIPPED, text: SHIPPED_TEXT };
      },
      guessMapping: ({ upload }) => {
        const tables = this.#tables(upload);
        if (tables.length === 0)
          throw refusal(Code.FailedPrecondition, "there is no complete file", "NO_TABLES");
        return guess(tables);
      },
      previewMapping: ({ upload, mapping, rowCount }) => {
        const faults = mapping.case === "mappingText" ? mappingFaults(mapping.value) : [];
        if (faults.length > 0) return { mappingFaults: faults };
        return { rows: preview(this.#tables(upload), rowCount || 20) };
      },
      startTableImport: (request, context) => this.#start(request, context),
      getTableImport: ({ name }) => this.#asItStands(this.#find(name)),
      listTableImports: () => ({
        tableImports: this.#imports.map((each) => this.#asItStands(each, false)),
      }),
      cancelTableImport: ({ name }) => {
        const { message } = this.#find(name);
        message.state = TableImportState.CANCELLED;
        message.endTime = this.#clock.at();
        return message;
      },
    });
  }

  // Runs of table imports that have ended, for the list of all import runs.
  runs() {
    return this.#imports
      .filter(({ message }) => message.importRun !== "")
      .map((each) => {
        const { importRun, state } = this.#asItStands(each, false);
        const { facts } = summarize(each.tables, importRun);
        return {
          importRun,
          complete: state === TableImportState.DONE,
          counted: facts?.counted ?? 0n,
          late: facts?.late ?? 0n,
        };
      });
  }
}

const SHIPPED = {
  name: "mappings/orders",
  title: "Orders, one a row",
  description: "Number, customer, day and amount of each order.",
  files: [{ path: "orders*.csv", layout: Layout.CSV, columns: ["Order no.", "Customer"] }],
};
const SHIPPED_TEXT = `mapping_id: orders
source: import/orders
time_zone: Asia/Shanghai
files:
  - file_id: orders
    path: orders*.csv
    layout: csv
    header: true
`;
