// Everything that was ever imported, by run, and the way to take one back.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { health, ingest } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import type { ImportReport } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Drawer } from "../../shared/ui/drawer.tsx";
import { Field, keepComposition } from "../../shared/ui/field.tsx";
import { Part } from "../../shared/ui/part.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./data.module.css";
import { useChangesRefused } from "./refused.ts";

const REFRESH_MS = 10_000;
const REASON_MOST = 512;
const FIGURES = ["counted", "late", "duplicates", "conflicts", "tooOld", "retracted"] as const;

export const runsQuery = {
  queryKey: ["import-runs"],
  queryFn: () => health.listImportRuns({ pageSize: 200 }),
  refetchInterval: REFRESH_MS,
};

export function RunsCard({ marked }: { marked: string | undefined }) {
  const t = useText();
  const runs = useQuery(runsQuery);
  return (
    <Part title={t("data.runs")} query={runs}>
      {({ runs: all }) =>
        all.length === 0 ? (
          <Empty title={t("data.noRuns")} note={t("data.noRunsNote")} />
        ) : (
          <PlainTable label={t("data.runs")}>
            <thead>
              <tr>
                <th scope="col">{t("data.run")}</th>
                {FIGURES.map((name) => (
                  <th key={name} scope="col" className="num">
                    {t(`data.${name}`)}
                  </th>
                ))}
                <th scope="col">
                  <span className="visually-hidden">{t("data.withdraw")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {all.map((run) => (
                <Run key={run.importRun} run={run} marked={run.importRun === marked} />
              ))}
            </tbody>
          </PlainTable>
        )
      }
    </Part>
  );
}

function Run({ run, marked }: { run: ImportReport; marked: boolean }) {
  const t = useText();
  const format = useFormat();
  return (
    <tr className={marked ? styles.marked : ""}>
      <th scope="row">
        {run.importRun} {!run.complete && <Tag tone="yellow">{t("data.underWay")}</Tag>}{" "}
        {run.withdrawn && <Tag tone="orange">{t("data.withdrawn")}</Tag>}
      </th>
      {FIGURES.map((name) => (
        <td key={name} className="num">
          {format.count(run[name])}
        </td>
      ))}
      <td className={`num ${styles.act}`}>{!run.withdrawn && <Withdraw run={run.importRun} />}</td>
    </tr>
  );
}

// Asks once more before it does, and says what it means.
export function Withdraw({ run }: { run: string }) {
  const t = useText();
  const queries = useQueryClient();
  const refused = useChangesRefused();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const withdraw = useMutation({
    mutationFn: () => ingest.withdrawImportRun({ importRun: run, reason: reason.trim() }),
    onSuccess: () => {
      setAsking(false);
      toast({ kind: "done", text: t("data.withdrawDone", { run }) });
      void queries.invalidateQueries({ queryKey: runsQuery.queryKey });
    },
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  return (
    <>
      <Button kind="quiet" disabledBecause={refused} onPress={() => setAsking(true)}>
        {t("data.withdraw")}
      </Button>
      {asking && (
        <Drawer title={t("data.withdrawRun", { run })} close={() => setAsking(false)}>
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault();
              setTried(true);
              if (reason.trim() !== "" && !withdraw.isPending) withdraw.mutate();
            }}
          >
            <p>{t("data.withdrawMeans")}</p>
            <Field
              label={t("data.withdrawReason")}
              error={tried && reason.trim() === "" ? t("data.withdrawReasonMissing") : undefined}
            >
              <input
                value={reason}
                onChange={(event) => setReason(event.target.value)}
                onKeyDown={keepComposition}
                maxLength={REASON_MOST}
              />
            </Field>
            <div className={styles.actions}>
              <Button kind="danger" type="submit" disabledBecause={refused}>
                {t("data.withdraw")}
              </Button>
              <Button kind="quiet" onPress={() => setAsking(false)}>
                {t("ui.cancel")}
              </Button>
            </div>
          </form>
        </Drawer>
      )}
    </>
  );
}
