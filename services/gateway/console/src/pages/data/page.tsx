// What came in: import runs with what became of their facts, and the currencies that figures are
// converted by.
import { useQuery } from "@tanstack/react-query";
import { health } from "../../api/clients.ts";
import { PageHeader } from "../../app/page_header.tsx";
import type { ImportReport } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { currenciesQuery } from "../../shared/deployment.ts";
import { decimal } from "../../shared/format.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./data.module.css";
import { dataRoute } from "./route.ts";

const REFRESH_MS = 10_000;

export function DataPage() {
  const t = useText();
  const { run } = dataRoute.useSearch();
  const runs = useQuery({
    queryKey: ["import-runs"],
    queryFn: () => health.listImportRuns({ pageSize: 200 }),
    refetchInterval: REFRESH_MS,
  });
  const currencies = useQuery(currenciesQuery);
  return (
    <div>
      <PageHeader title={t("data.title")} />
      <div className={styles.grid}>
        <Part title={t("data.runs")} query={runs}>
          {({ runs: all }) =>
            all.length === 0 ? (
              <Empty title={t("data.noRuns")} note={t("data.noRunsNote")} />
            ) : (
              <Runs runs={all} marked={run} />
            )
          }
        </Part>
        <Part title={t("data.currencies")} query={currencies}>
          {(data) => (
            <PlainTable label={t("data.currencies")}>
              <thead>
                <tr>
                  <th scope="col">{t("data.currency")}</th>
                  <th scope="col" className="num">
                    {t("data.worth", { currency: data.reportingCurrency })}
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.currencies.map((each) => (
                  <tr key={each.code}>
                    <th scope="row">
                      {each.perUnits > 1n ? `${each.perUnits} ` : ""}
                      {each.code}{" "}
                      {each.code === data.reportingCurrency && (
                        <Tag tone="accent">{t("data.reporting")}</Tag>
                      )}
                    </th>
                    <td className="num">{decimal(each.rateMicros, 4)}</td>
                  </tr>
                ))}
              </tbody>
            </PlainTable>
          )}
        </Part>
      </div>
    </div>
  );
}

function Runs({ runs, marked }: { runs: readonly ImportReport[]; marked: string | undefined }) {
  const t = useText();
  const format = useFormat();
  return (
    <PlainTable label={t("data.runs")}>
      <thead>
        <tr>
          <th scope="col">{t("data.run")}</th>
          {(["counted", "late", "duplicates", "conflicts", "tooOld", "retracted"] as const).map(
            (name) => (
              <th key={name} scope="col" className="num">
                {t(`data.${name}`)}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.importRun} className={run.importRun === marked ? styles.marked : ""}>
            <th scope="row">
              {run.importRun} {!run.complete && <Tag tone="yellow">{t("data.underWay")}</Tag>}{" "}
              {run.withdrawn && <Tag tone="orange">{t("data.withdrawn")}</Tag>}
            </th>
            {[run.counted, run.late, run.duplicates, run.conflicts, run.tooOld, run.retracted].map(
              (count, at) => (
                <td key={at} className="num">
                  {format.count(count)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}
