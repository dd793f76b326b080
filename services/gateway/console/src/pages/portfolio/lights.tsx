// How many accounts stand in each band; each leads to exactly those it counted.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import type { HealthSummary } from "../../gen/proto/bellwether/health/v1/portfolio_pb.js";
import { NONE } from "../../shared/format.ts";
import { BandMark } from "../../shared/health/band.tsx";
import { useFormat, useText } from "../../shared/texts.ts";
import styles from "./portfolio.module.css";

export function Lights({ summary }: { summary: HealthSummary }) {
  const t = useText();
  const format = useFormat();
  const total = summary.scoredCount;
  const share = (count: bigint) =>
    total === 0n ? NONE : format.percent((count * 1_000_000n) / total, 0);
  const inBand = (band: string) =>
    summary.cells
      .filter((cell) => cell.bandId === band)
      .reduce((sum, cell) => sum + cell.count, 0n);
  return (
    <>
      <ul className={styles.lights}>
        {summary.bandIds.map((band) => {
          const count = inBand(band);
          return (
            <li key={band}>
              <Link
                to={addresses.accounts({ band })}
                className={styles.light}
                data-count={String(count)}
              >
                <span className={styles.figure}>{total === 0n ? NONE : format.count(count)}</span>
                <BandMark id={band} />
                <span className="muted">{total === 0n ? t("portfolio.noData") : share(count)}</span>
              </Link>
            </li>
          );
        })}
        <li>
          <Link
            to={addresses.accounts({ unsure: "yes" })}
            className={styles.light}
            data-count={String(summary.lowConfidenceCount)}
          >
            <span className={styles.figure}>{format.count(summary.lowConfidenceCount)}</span>
            <span>{t("portfolio.unsure")}</span>
            <span className="muted">{t("portfolio.unsureNote")}</span>
          </Link>
        </li>
        <li>
          <Link to={addresses.accounts()} className={styles.light} data-count={String(total)}>
            <span className={styles.figure}>{format.count(total)}</span>
            <span>{t("portfolio.scored")}</span>
            <span className="muted">
              {summary.countTime &&
                t("portfolio.takenAt", { at: format.instant(timestampMs(summary.countTime)) })}
              {summary.asOfCheckpoint && ` · ${t("portfolio.checkpoint")}`}
            </span>
          </Link>
        </li>
      </ul>
    </>
  );
}
