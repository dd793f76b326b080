// Stages side by side. A deal only moves to a later stage (O1): what is forbidden is refused before
// it is dropped, and says why. By keyboard the same is done in the deal's panel.
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, useState } from "react";
import { useActionsRefused } from "../../app/badge.tsx";
import type { Opportunity } from "../../gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import { stageName, stageOrder } from "../../shared/stages.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { useAdvance } from "./commands.ts";
import { accountNamesQuery, baseAmount, dealId, sorted, sumOf } from "./deals.ts";
import styles from "./pipeline.module.css";

export function StageBoard({
  deals,
  open,
  drill,
}: {
  deals: readonly Opportunity[];
  open: (deal: string) => void;
  drill: (stage: string) => void;
}) {
  const t = useText();
  const format = useFormat();
  const names = useQuery(accountNamesQuery).data;
  const refused = useActionsRefused();
  const advance = useAdvance();
  const [dragged, setDragged] = useState<Opportunity>();
  const stages = stageOrder(deals.map((deal) => deal.stage));
  const forbidden = (stage: string) =>
    dragged === undefined
      ? undefined
      : refused !== undefined
        ? refused
        : stages.indexOf(stage) <= stages.indexOf(dragged.stage)
          ? t("pipeline.onlyLater")
          : undefined;
  return (
    <div className={styles.stages}>
      {stages.map((stage) => {
        const own = sorted(
          deals.filter((deal) => deal.stage === stage),
          "amount",
          () => "",
        );
        const why = forbidden(stage);
        const over = (event: DragEvent) => {
          if (dragged && why === undefined) event.preventDefault();
        };
        return (
          <section
            key={stage}
            aria-label={stageName(stage, t)}
            className={`${styles.stage} ${dragged ? (why ? styles.closed : styles.inviting) : ""}`}
            onDragOver={over}
            onDrop={() => {
              if (dragged && why === undefined) advance(dragged, stage);
              setDragged(undefined);
            }}
          >
            <button type="button" className={styles.stageHead} onClick={() => drill(stage)}>
              <b>{stageName(stage, t)}</b>
              <span className="muted" data-count={own.length}>
                {own.length} · {format.shortMoney(sumOf(own))}
              </span>
            </button>
            {dragged && why && stage !== dragged.stage && <p className={styles.why}>{why}</p>}
            <ul>
              {own.map((deal) => (
                <li key={deal.name}>
                  <button
                    type="button"
                    className={styles.card}
                    draggable
                    onDragStart={() => setDragged(deal)}
                    onDragEnd={() => setDragged(undefined)}
                    onClick={() => open(dealId(deal.name))}
                  >
                    <b>{deal.title || dealId(deal.name)}</b>
                    <span className="muted">{names?.get(deal.account) ?? deal.account}</span>
                    <span className={styles.cardFoot}>
                      <span>{deal.amount && format.shortMoney(baseAmount(deal))}</span>
                      <span className="muted">{deal.owner}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
