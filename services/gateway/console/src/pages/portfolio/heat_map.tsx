// Tier by band as a real table: one stop for Tab, arrow keys within, each cell a link.
import { type KeyboardEvent, useRef, useState } from "react";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import type { HealthSummary } from "../../gen/proto/bellwether/health/v1/portfolio_pb.js";
import { useBands } from "../../shared/health/band.tsx";
import { tierName } from "../../shared/names.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import styles from "./portfolio.module.css";

const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function HeatMap({ summary }: { summary: HealthSummary }) {
  const t = useText();
  const format = useFormat();
  const bands = useBands();
  const table = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState<readonly [number, number]>([0, 0]);
  const tiers = [...new Set(summary.cells.map((cell) => cell.tier))];
  const columns = [...summary.bandIds, ""];
  const countOf = (tier: string, band: string) =>
    summary.cells.find((cell) => cell.tier === tier && cell.bandId === band)?.count ?? 0n;
  const most = summary.cells.reduce((max, cell) => (cell.count > max ? cell.count : max), 1n);
  const titleOf = (band: string) =>
    band === "" ? t("portfolio.unsure") : (bands.find((each) => each.id === band)?.title ?? band);
  const toneOf = (band: string) => bands.find((each) => each.id === band)?.tone ?? "none";
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const row = Math.min(tiers.length - 1, Math.max(0, at[0] + step[0]));
    const column = Math.min(columns.length - 1, Math.max(0, at[1] + step[1]));
    setAt([row, column]);
    table.current?.querySelector<HTMLElement>(`[data-cell="${row},${column}"]`)?.focus();
  };
  return (
    <table
      ref={table}
      className={styles.heat}
      onKeyDown={onKeyDown}
      aria-label={t("portfolio.heat")}
    >
      <thead>
        <tr>
          <th scope="col">{t("portfolio.tier")}</th>
          {columns.map((band) => (
            <th key={band} scope="col" className="num">
              {titleOf(band)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tiers.map((tier, row) => (
          <tr key={tier}>
            <th scope="row">{tierName(tier, t)}</th>
            {columns.map((band, column) => {
              const count = countOf(tier, band);
              const depth = Math.round((Number(count) / Number(most)) * 26);
              return (
                <td key={band} className={styles[toneOf(band)]}>
                  <Link
                    data-cell={`${row},${column}`}
                    data-count={String(count)}
                    tabIndex={at[0] === row && at[1] === column ? 0 : -1}
                    onFocus={() => setAt([row, column])}
                    style={{ "--depth": `${count === 0n ? 0 : 5 + depth}%` } as React.CSSProperties}
                    aria-label={`${tierName(tier, t)}, ${titleOf(band)}: ${count}`}
                    to={addresses.accounts({
                      tier: tier === "" ? "none" : tier,
                      ...(band === "" ? { unsure: "yes" } : { band }),
                    })}
                  >
                    {format.count(count)}
                  </Link>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
