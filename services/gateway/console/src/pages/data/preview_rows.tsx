// The first rows of each table with what becomes of them.
import { Fragment } from "react";
import {
  type PreviewRecord,
  type PreviewRow,
  PreviewState,
} from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { RecordKind } from "../../gen/proto/bellwether/imports/v1/mapping_pb.js";
import { type TextId, useText } from "../../shared/texts.ts";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./data.module.css";

const TONES = {
  [PreviewState.MADE]: "green",
  [PreviewState.REFUSED]: "red",
  [PreviewState.NOTHING]: "plain",
  [PreviewState.UNSPECIFIED]: "plain",
} as const;

export function PreviewRows({ rows }: { rows: readonly PreviewRow[] }) {
  const t = useText();
  if (rows.length === 0) return <Empty title={t("preview.none")} />;
  const files = [...new Set(rows.map((row) => row.path))];
  return (
    <div className={styles.stack}>
      {files.map((file) => (
        <section key={file} aria-label={file}>
          <h3>{file}</h3>
          <PlainTable label={t("preview.of", { file })}>
            <thead>
              <tr>
                <th scope="col" className="num">
                  {t("preview.line")}
                </th>
                <th scope="col">{t("preview.row")}</th>
                <th scope="col">{t("preview.becomes")}</th>
              </tr>
            </thead>
            <tbody>
              {rows
                .filter((row) => row.path === file)
                .map((row) => (
                  <tr key={String(row.line)} data-state={PreviewState[row.state]}>
                    <th scope="row" className="num">
                      {String(row.line)}
                    </th>
                    <td className={styles.cells}>{row.cells.join(" · ")}</td>
                    <td>
                      <Becomes row={row} />
                    </td>
                  </tr>
                ))}
            </tbody>
          </PlainTable>
        </section>
      ))}
    </div>
  );
}

function Becomes({ row }: { row: PreviewRow }) {
  const t = useText();
  return (
    <>
      {row.state !== PreviewState.MADE && (
        <Tag tone={TONES[row.state]}>{t(`preview.${PreviewState[row.state]}` as TextId)}</Tag>
      )}
      {row.problems.map((problem, at) => (
        <span key={at} className={styles.sub}>
          <b>{problem.column}</b> {problem.reason} <span lang="en">{problem.message}</span>
        </span>
      ))}
      {row.records.map((record, at) => (
        <Fragment key={at}>
          <MadeRecord record={record} />
        </Fragment>
      ))}
    </>
  );
}

function MadeRecord({ record }: { record: PreviewRecord }) {
  const t = useText();
  return (
    <details className={styles.record}>
      <summary>
        {t(`record.${RecordKind[record.kind]}` as TextId)}{" "}
        <b>{record.kind === RecordKind.FACT ? record.factKind : record.id}</b>{" "}
        {record.kind === RecordKind.FACT && (
          <span className="muted">
            {record.accountId} · {record.id}
          </span>
        )}
      </summary>
      <pre>{pretty(record.json)}</pre>
    </details>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // as it came
  }
}
