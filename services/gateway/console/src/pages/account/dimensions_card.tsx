import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { AccountHealth } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { modelQuery } from "../../shared/deployment.ts";
import { roundToSum } from "../../shared/largest_remainder.ts";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import styles from "./account.module.css";

const SHOWN_UNIT = 10_000n;

export function DimensionsCard({ health }: { health: UseQueryResult<AccountHealth> }) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const model = useQuery(modelQuery).data;
  return (
    <Part
      title={t("account.dimensions")}
      aside={t("account.scoreAndContribution")}
      query={health}
      rows={6}
    >
      {({ dimensions, lowConfidence }) => {
        const shown = roundToSum(
          dimensions.map((each) => each.contributionMicros),
          SHOWN_UNIT,
        );
        return (
          <ul className={styles.dimensions}>
            {dimensions.map((each, index) => {
              const known = model?.dimensions.find((one) => one.dimensionId === each.dimensionId);
              const share = Math.min(100, Math.max(0, Number(each.scoreMicros) / 1e6));
              return (
                <li key={each.dimensionId}>
                  <span>{known ? titled(known, language) : each.dimensionId}</span>
                  <span className={styles.track} aria-hidden="true">
                    <i
                      className={each.absent || lowConfidence ? styles.hatched : ""}
                      style={{ width: each.absent ? "100%" : `${share}%` }}
                    />
                  </span>
                  {each.absent ? (
                    <span className={`${styles.right} muted`}>{t("account.noData")}</span>
                  ) : (
                    <>
                      <span className={styles.right}>{format.points(each.scoreMicros)}</span>
                      <span className={`${styles.right} muted`}>
                        {format.points(shown[index]!)}
                      </span>
                    </>
                  )}
                </li>
              );
            })}
          </ul>
        );
      }}
    </Part>
  );
}
