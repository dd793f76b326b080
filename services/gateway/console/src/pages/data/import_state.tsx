import {
  type TableImport,
  TableImportPhase,
  TableImportState,
} from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./data.module.css";
import { isUnderWay } from "./queries.ts";

const TONES = {
  [TableImportState.UNSPECIFIED]: "plain",
  [TableImportState.QUEUED]: "plain",
  [TableImportState.RUNNING]: "accent",
  [TableImportState.DONE]: "green",
  [TableImportState.FAILED]: "red",
  [TableImportState.CANCELLED]: "plain",
  [TableImportState.INTERRUPTED]: "orange",
} as const;

// What has become of it in a word, and what it lacks.
export function ImportState({ of }: { of: TableImport }) {
  const t = useText();
  const lacks = of.state === TableImportState.DONE && !of.everythingTaken;
  return (
    <>
      <Tag tone={lacks ? "yellow" : TONES[of.state]}>
        {t(of.cancelling ? "state.cancelling" : (`state.${TableImportState[of.state]}` as TextId))}
      </Tag>
      {lacks && (
        <span className="muted">
          {" "}
          {of.refusedRows > 0n
            ? t("state.refused", { rows: Number(of.refusedRows) })
            : t("state.notAll")}
        </span>
      )}
    </>
  );
}

export function Progress({ of }: { of: TableImport }) {
  const t = useText();
  const format = useFormat();
  if (!isUnderWay(of)) return null;
  const { progress } = of;
  const phase = progress?.phase ?? TableImportPhase.UNSPECIFIED;
  const total = Number(progress?.total ?? 0n);
  return (
    <div className={styles.running}>
      <progress
        aria-label={t("report.progress")}
        max={total || 1}
        value={total > 0 ? Number(progress?.done ?? 0n) : undefined}
      />
      <p role="status">
        {t(`phase.${TableImportPhase[phase]}` as TextId)}{" "}
        {progress && phase !== TableImportPhase.UNSPECIFIED && (
          <span className="muted">
            {total > 0
              ? t("report.doneOf", {
                  done: format.count(progress.done),
                  total: format.count(total),
                })
              : format.count(progress.done)}
          </span>
        )}
      </p>
      <p className="muted">{t("report.survives")}</p>
    </div>
  );
}
