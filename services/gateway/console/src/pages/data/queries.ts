import { imports } from "../../api/imports.ts";
import {
  type TableImport,
  TableImportState,
} from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";

const REFRESH_MS = 10_000;
const RUNNING_MS = 1_000;
const PREVIEW_ROWS = 20;

export const uploadName = (id: string) => `uploads/${id}`;
export const uploadId = (name: string) => name.replace(/^uploads\//, "");
export const importName = (id: string) => `tableImports/${id}`;
export const importId = (name: string) => name.replace(/^tableImports\//, "");

export const isUnderWay = ({ state }: TableImport) =>
  state === TableImportState.QUEUED || state === TableImportState.RUNNING;

export const uploadsQuery = {
  queryKey: ["uploads"],
  queryFn: () => imports.listUploads({}),
};

export const uploadQuery = (name: string) => ({
  queryKey: ["upload", name],
  queryFn: () => imports.getUpload({ name }),
});

export const importsQuery = {
  queryKey: ["table-imports"],
  queryFn: () => imports.listTableImports({ pageSize: 50 }),
  refetchInterval: (query: { state: { data?: { tableImports: TableImport[] } | undefined } }) =>
    query.state.data?.tableImports.some(isUnderWay) ? RUNNING_MS : REFRESH_MS,
};

export const importQuery = (name: string) => ({
  queryKey: ["table-import", name],
  queryFn: () => imports.getTableImport({ name }),
  refetchInterval: (query: { state: { data?: TableImport | undefined } }) =>
    query.state.data && !isUnderWay(query.state.data) ? (false as const) : RUNNING_MS,
});

export const guessQuery = (
  upload: string,
  files: string,
  timeZone: string,
  currencyCode: string,
) => ({
  queryKey: ["guess", upload, files, timeZone, currencyCode],
  queryFn: () => imports.guessMapping({ upload, timeZone, currencyCode }, { timeoutMs: 60_000 }),
  enabled: files !== "",
  staleTime: Number.POSITIVE_INFINITY,
});

export const previewQuery = (upload: string, files: string, mappingText: string) => ({
  queryKey: ["preview", upload, files, mappingText],
  queryFn: () =>
    imports.previewMapping(
      {
        upload,
        mapping: { case: "mappingText" as const, value: mappingText },
        rowCount: PREVIEW_ROWS,
      },
      { timeoutMs: 60_000 },
    ),
  enabled: files !== "" && mappingText.trim() !== "",
  placeholderData: <T>(previous: T) => previous,
});

export const mappingsQuery = {
  queryKey: ["mappings"],
  queryFn: () => imports.listMappings({}),
  staleTime: 60_000,
};
