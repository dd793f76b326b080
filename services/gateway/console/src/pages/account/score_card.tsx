import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type {
  AccountHealth,
  HealthSnapshot,
} from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { modelQuery } from "../../shared/deployment.ts";
import { NONE } from "../../shared/format.ts";
import { BandMark } from "../../shared/health/band.tsx";
import { HistoryChart, useHistoryPoints } from "../../shared/health/history_chart.tsx";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { Card, Loaded } from "../../shared/ui/part.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./account.module.css";
import type { AsOf } from "./as_of.ts";
import { historyQuery } from "./queries.ts";
import type { AccountSearch } from "./route.ts";

export function ScoreCard({
  account,
  health,
  asOf,
  search,
  change,
}: {
  account: string;
  health: UseQueryResult<AccountHealth>;
  asOf: AsOf;
  search: AccountSearch;
  change: (part: Partial<AccountSearch>, replace?: boolean) => void;
}) {
  const t = useText();
  const history = useQuery(historyQuery(account, asOf));
  const table = search.view === "table";
  return (
    <Card>
      <div className={styles.score}>
        <Loaded what={t("account.score")} query={health} rows={3}>
          {(data) => <Score health={data} />}
        </Loaded>
        <div>
          <div className={styles.chartHead}>
            <h3>{t("account.history")}</h3>
            <button
              type="button"
              className="link"
              aria-pressed={table}
              onClick={() => change({ view: table ? undefined : "table" }, true)}
            >
              {t(table ? "account.asChart" : "account.asTable")}
            </button>
          </div>
          <Loaded what={t("account.history")} query={history}>
            {({ snapshots }) => {
              const shown = asOf.day
                ? snapshots.filter((each) => each.day <= asOf.day!)
                : snapshots;
              return table ? (
                <HistoryTable newestFirst={shown} />
              ) : (
                <Chart newestFirst={shown} onPick={(day) => change({ asOf: day }, true)} />
              );
            }}
          </Loaded>
        </div>
      </div>
    </Card>
  );
}

function Score({ health }: { health: AccountHealth }) {
  const t = useText();
  const format = useFormat();
  const unknown = health.confidenceMicros === 0n;
  return (
    <div>
      <div className={styles.big} data-score={String(health.scoreMicros)}>
        {unknown ? NONE : format.points(health.scoreMicros)}
      </div>
      <p className={styles.band}>
        {health.lowConfidence ? (
          <Tag tone="yellow">{t("account.lowConfidence")}</Tag>
        ) : (
          <BandMark id={health.bandId} />
        )}{" "}
        {!health.previousAbsent && (
          <span className="muted">
            {t("account.before", { score: format.points(health.previousScoreMicros) })}
          </span>
        )}
      </p>
      <div className={styles.confidence}>
        <i
          className={health.lowConfidence ? styles.hatched : ""}
          style={{ width: `${Number(health.confidenceMicros) / 10_000}%` }}
        />
      </div>
      <span className="muted">
        {t("account.confidence", { share: format.percent(health.confidenceMicros, 0) })}
      </span>
      {health.asOfCheckpoint && health.asOf && (
        <p className="muted">
          {t("account.checkpoint", { at: format.instant(timestampMs(health.asOf)) })}
        </p>
      )}
    </div>
  );
}

function Chart({
  newestFirst,
  onPick,
}: {
  newestFirst: readonly HealthSnapshot[];
  onPick: (day: string) => void;
}) {
  const language = useLanguage();
  const bands = useQuery(modelQuery).data?.bands ?? [];
  const guides = bands
    .filter((band) => band.fromPointsMicros > 0n)
    .map((band) => ({
      value: Number(band.fromPointsMicros) / 1e6,
      label: `${Number(band.fromPointsMicros) / 1e6} ${titled(band, language)}`,
    }));
  return <HistoryChart newestFirst={newestFirst} guides={guides} onPick={onPick} />;
}

function HistoryTable({ newestFirst }: { newestFirst: readonly HealthSnapshot[] }) {
  const t = useText();
  const points = useHistoryPoints(newestFirst);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <section className={styles.historyTable} tabIndex={0} aria-label={t("account.history")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("account.day")}</th>
            <th scope="col" className="num">
              {t("account.score")}
            </th>
            <th scope="col">{t("account.mark")}</th>
          </tr>
        </thead>
        <tbody>
          {[...points].reverse().map((point) => (
            <tr key={point.label}>
              <th scope="row">{point.label}</th>
              <td className="num">{point.shown}</td>
              <td>{point.mark?.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
