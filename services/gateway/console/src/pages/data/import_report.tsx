// One table import: how far it is, then what became of every row.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { describeError } from "../../api/errors.ts";
import { imports } from "../../api/imports.ts";
import {
  type TableImport,
  TableImportMode,
  TableImportState,
} from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Card, Loaded } from "../../shared/ui/part.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./data.module.css";
import { keepDraft } from "./draft.ts";
import { ImportState, Progress } from "./import_state.tsx";
import { importId, importName, importQuery, isUnderWay, uploadId } from "./queries.ts";
import { useChangesRefused } from "./refused.ts";
import type { DataSearch } from "./route.ts";
import { runsQuery, Withdraw } from "./runs_card.tsx";
import { Faults, Outcomes, Tables } from "./summary.tsx";

type Change = (part: Partial<DataSearch>) => void;

export function ImportReport({ id, change }: { id: string; change: Change }) {
  const t = useText();
  const query = useQuery(importQuery(importName(id)));
  return (
    <Loaded what={t("report.title")} query={query} rows={6}>
      {(data) => (
        <>
          <Head of={data} change={change} />
          {data.summary && (
            <>
              <Tables summary={data.summary} />
              <Faults of={data} summary={data.summary} />
              <Outcomes summary={data.summary} checked={data.mode === TableImportMode.CHECK} />
            </>
          )}
        </>
      )}
    </Loaded>
  );
}

function Head({ of, change }: { of: TableImport; change: Change }) {
  const t = useText();
  const format = useFormat();
  return (
    <Card className={styles.stack}>
      <div className={styles.headline}>
        <h2>{of.displayName || of.mappingId}</h2>
        <span>{t(`mode.${TableImportMode[of.mode]}` as TextId)}</span>
        <ImportState of={of} />
      </div>
      <p className="muted">
        {[
          of.principal,
          of.startTime && format.instant(timestampMs(of.startTime)),
          of.startTime &&
            of.endTime &&
            t("report.took", {
              time: format.duration(timestampMs(of.endTime) - timestampMs(of.startTime), true),
            }),
          of.importRun && t("report.run", { run: of.importRun }),
          of.shiftToNow && t("report.shifted"),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <Progress of={of} />
      {of.state === TableImportState.DONE && (
        <p>
          {t(
            of.everythingTaken
              ? of.mode === TableImportMode.CHECK
                ? "report.allCouldBe"
                : "report.allTaken"
              : "report.notAll",
          )}
        </p>
      )}
      {of.error && (
        <p className={styles.why} role="alert">
          <span lang="en">{of.error.message}</span>{" "}
          {[of.error.reason, of.error.field].filter(Boolean).join(" · ")}
        </p>
      )}
      {of.state === TableImportState.INTERRUPTED && <p>{t("report.goesOn")}</p>}
      <Actions of={of} change={change} />
    </Card>
  );
}

function Actions({ of, change }: { of: TableImport; change: Change }) {
  const t = useText();
  const queries = useQueryClient();
  const refused = useChangesRefused();
  const failed = (error: unknown) => toast({ kind: "failed", text: describeError(error).message });
  const start = useMutation({
    mutationFn: () =>
      imports.startTableImport({
        requestId: crypto.randomUUID(),
        upload: of.upload,
        mapping: of.shippedMapping
          ? { case: "shippedMapping", value: of.shippedMapping }
          : { case: "mappingText", value: of.mappingText },
        mode: TableImportMode.RUN,
        shiftToNow: of.shiftToNow,
        shiftDays: of.shiftDays,
        newIdentity: of.newIdentity,
      }),
    onSuccess: ({ name }) => change({ import: importId(name) }),
    onError: failed,
  });
  const cancel = useMutation({
    mutationFn: () => imports.cancelTableImport({ name: of.name }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["table-import", of.name] }),
    onError: failed,
  });
  const runs = useQuery({ ...runsQuery, enabled: of.importRun !== "" }).data?.runs;
  const withdrawn = runs?.find((run) => run.importRun === of.importRun)?.withdrawn;
  const underWay = isUnderWay(of);
  const mayRun = of.mode === TableImportMode.CHECK || of.state === TableImportState.INTERRUPTED;
  return (
    <div className={styles.actions}>
      {underWay && !of.cancelling && (
        <Button disabledBecause={refused} onPress={() => cancel.mutate()}>
          {t("report.cancel")}
        </Button>
      )}
      {!underWay && mayRun && of.upload && (
        <Button
          kind="main"
          disabledBecause={refused ?? (start.isPending ? t("start.pending") : undefined)}
          onPress={() => start.mutate()}
        >
          {t(of.mode === TableImportMode.CHECK ? "start.run" : "report.again")}
        </Button>
      )}
      {!underWay && of.upload && (
        <Button
          onPress={() => {
            if (of.mappingText) keepDraft(of.upload, of.mappingText);
            change({ import: undefined, upload: uploadId(of.upload) });
          }}
        >
          {t("report.toMapping")}
        </Button>
      )}
      {!underWay && of.importRun !== "" && withdrawn === false && <Withdraw run={of.importRun} />}
      {withdrawn && <span>{t("report.withdrawn")}</span>}
    </div>
  );
}
