import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { AccountHealth } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import type { HealthModel } from "../../gen/proto/bellwether/health/v1/model_pb.js";
import { catalogueQuery, modelQuery } from "../../shared/deployment.ts";
import { metricValue } from "../../shared/health/metric_value.ts";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import styles from "./account.module.css";

// Every metric of the model; those without data say how much weight they leave to the others.
export function MetricsCard({ health }: { health: UseQueryResult<AccountHealth> }) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const model = useQuery(modelQuery).data;
  const catalogue = useQuery(catalogueQuery).data;
  const title = (name: string) => {
    const known = catalogue?.metrics.find((each) => each.name === name);
    return known ? titled(known, language) : name;
  };
  const unit = (name: string) => catalogue?.metrics.find((each) => each.name === name)?.unit;
  return (
    <Part title={t("account.metrics")} query={health}>
      {({ metrics }) => {
        const present = metrics.filter((each) => !each.absent);
        const absent = metrics.filter((each) => each.absent);
        return (
          <>
            <table className={styles.metrics}>
              <thead>
                <tr>
                  <th scope="col">{t("why.metric")}</th>
                  <th scope="col" className="num">
                    {t("account.value")}
                  </th>
                  <th scope="col" className="num">
                    {t("account.curvePoints")}
                  </th>
                  <th scope="col" className="num">
                    {t("account.contribution")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {present.map((each) => (
                  <tr key={each.metric}>
                    <th scope="row" title={each.metric}>
                      {title(each.metric)}
                    </th>
                    <td className="num">
                      {metricValue(each.valueMicros, unit(each.metric), format)}
                    </td>
                    <td className="num">{format.points(each.pointsMicros)}</td>
                    <td className="num">{format.points(each.contributionMicros)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {absent.length > 0 && (
              <div className={styles.absent}>
                <h3>{t("account.absent", { count: absent.length })}</h3>
                <ul>
                  {absent.map((each) => (
                    <li key={each.metric}>
                      {title(each.metric)}{" "}
                      <span className="muted">
                        {t("account.sharedOut", {
                          share: format.percent(weightOf(each.metric, model)),
                        })}
                      </span>
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </>
        );
      }}
    </Part>
  );
}

// Its share of the whole score.
function weightOf(metric: string, model: HealthModel | undefined): bigint {
  for (const dimension of model?.dimensions ?? []) {
    const own = dimension.metrics.find((each) => each.metric === metric);
    if (own) return (own.weightMicros * dimension.weightMicros) / 1_000_000n;
  }
  return 0n;
}
