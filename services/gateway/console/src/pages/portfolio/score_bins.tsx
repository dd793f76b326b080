// How scores are spread, as bars that lead to the accounts in them.
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import type { HealthSummary } from "../../gen/proto/bellwether/health/v1/portfolio_pb.js";
import { useText } from "../../shared/texts.ts";
import styles from "./portfolio.module.css";

const HUNDRED = 100;

export function ScoreBins({ summary }: { summary: HealthSummary }) {
  const t = useText();
  const most = summary.bins.reduce((max, bin) => (bin.count > max ? bin.count : max), 1n);
  return (
    <ul className={styles.bins}>
      {summary.bins.map((bin) => {
        const from = Number(bin.fromMicros / 1_000_000n);
        const below = Number(bin.belowMicros / 1_000_000n);
        return (
          <li key={from}>
            <Link
              to={addresses.accounts({
                from: String(from),
                // The last one includes 100.
                ...(below < HUNDRED ? { below: String(below) } : {}),
              })}
              data-count={String(bin.count)}
            >
              <span className="visually-hidden">
                {t("portfolio.bin", { from, below, count: Number(bin.count) })}
              </span>
              <span className={styles.binCount} aria-hidden="true">
                {bin.count > 0n ? String(bin.count) : ""}
              </span>
              <i style={{ height: `${(Number(bin.count) / Number(most)) * 100}%` }} />
              <span className="muted" aria-hidden="true">
                {from % 20 === 0 ? from : ""}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
