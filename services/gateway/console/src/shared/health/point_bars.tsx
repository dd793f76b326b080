// What each metric gave or took, as figures that add up to the shown sum, and as bars.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ScoreChange } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { catalogueQuery } from "../deployment.ts";
import { decimal } from "../format.ts";
import { roundToSum } from "../largest_remainder.ts";
import { titled, useFormat, useLanguage, useText } from "../texts.ts";
import { metricValue } from "./metric_value.ts";
import styles from "./point_bars.module.css";

// The last digit shown: 0.01 points.
const SHOWN_UNIT = 10_000n;

export function PointBars({ change, values = false }: { change: ScoreChange; values?: boolean }) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const catalogue = useQuery(catalogueQuery).data;
  const [raw, setRaw] = useState(false);
  const points = [...change.points].sort((a, b) => compareSize(b.pointsMicros, a.pointsMicros));
  const exact = points.map((point) => point.pointsMicros);
  const shown = roundToSum(exact, SHOWN_UNIT);
  const total = shown.reduce((sum, each) => sum + each, 0n);
  const greatest = exact.reduce((most, each) => (size(each) > most ? size(each) : most), 1n);
  return (
    <table className={`${styles.points} ${values ? styles.wide : ""}`}>
      {values && (
        <thead>
          <tr>
            <th scope="col">{t("why.metric")}</th>
            <th scope="col" className="num">
              {t("why.before")}
            </th>
            <th scope="col" className="num">
              {t("why.after")}
            </th>
            <th aria-hidden="true" />
            <th scope="col" className="num">
              {t("why.points")}
            </th>
          </tr>
        </thead>
      )}
      <tbody>
        {points.map((point, index) => {
          const metric = catalogue?.metrics.find((each) => each.name === point.metric);
          return (
            <tr key={point.metric}>
              <th scope="row" title={point.metric}>
                {metric ? titled(metric, language) : point.metric}
              </th>
              {values && (
                <>
                  <td className="num">
                    {point.absentBefore
                      ? t("why.none")
                      : metricValue(point.valueBeforeMicros, metric?.unit, format)}
                  </td>
                  <td className="num">
                    {point.absentAfter
                      ? t("why.none")
                      : metricValue(point.valueAfterMicros, metric?.unit, format)}
                  </td>
                </>
              )}
              <td className={styles.bar}>
                <Bar share={Number(point.pointsMicros) / Number(greatest)} />
              </td>
              <td className="num" data-points={String(shown[index])}>
                {raw ? String(point.pointsMicros) : format.signedPoints(shown[index]!)}
              </td>
            </tr>
          );
        })}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={values ? 3 : 1}>
            {t("why.sum")}
          </th>
          <td className={styles.bar}>
            <button
              type="button"
              className={styles.raw}
              onClick={() => setRaw(!raw)}
              aria-pressed={raw}
            >
              10⁻⁶
            </button>
          </td>
          <td className="num" data-sum={String(total)}>
            {raw ? String(exact.reduce((sum, each) => sum + each, 0n)) : format.signedPoints(total)}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function Bar({ share }: { share: number }) {
  const width = `${Math.max(3, Math.abs(share) * 50)}%`;
  return (
    <span className={styles.track} aria-hidden="true">
      <i
        className={share < 0 ? styles.bad : styles.good}
        style={share < 0 ? { right: "50%", width } : { left: "50%", width }}
      />
    </span>
  );
}

const size = (value: bigint) => (value < 0n ? -value : value);
const compareSize = (a: bigint, b: bigint) =>
  size(a) === size(b) ? 0 : size(a) < size(b) ? -1 : 1;

// "70.06 → 69.34"; none where there was no score.
export function scoreStep(change: ScoreChange, none: string): string {
  const before = change.absentBefore ? none : decimal(change.scoreBeforeMicros, 2);
  const after = change.absentAfter ? none : decimal(change.scoreAfterMicros, 2);
  return `${before} → ${after}`;
}
