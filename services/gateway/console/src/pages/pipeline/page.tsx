import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Loaded } from "../../shared/ui/part.tsx";
import { Pill, PillRow, Separator } from "../../shared/ui/pill.tsx";
import { DealList } from "./deal_list.tsx";
import { DealPanel } from "./deal_panel.tsx";
import { dealsQuery, sumOf } from "./deals.ts";
import styles from "./pipeline.module.css";
import { type PipelineSearch, pipelineRoute } from "./route.ts";
import { StageBoard } from "./stage_board.tsx";

const OWNERS_MOST = 8;

export function PipelinePage() {
  const t = useText();
  const format = useFormat();
  const [search, change] = useSearchState<PipelineSearch>(pipelineRoute);
  const query = useQuery(dealsQuery(search));
  const all = useQuery(dealsQuery({ ...search, owner: undefined })).data?.deals;
  const owners = useMemo(
    () =>
      [...new Set(all?.map((deal) => deal.owner).filter(Boolean) ?? [])]
        .sort()
        .slice(0, OWNERS_MOST),
    [all],
  );
  const list = search.view === "list" || search.state !== undefined;
  return (
    <div className={styles.page}>
      <PageHeader title={t("pipeline.title")}>
        {query.data && (
          <span className="muted">
            {t("pipeline.sum", {
              count: query.data.deals.length,
              sum: format.shortMoney(sumOf(query.data.deals)),
              currency: format.currency,
            })}
          </span>
        )}
      </PageHeader>
      <div className={styles.filter}>
        <PillRow label={t("board.filter")}>
          <Pill
            on={!list}
            onPress={() => change({ view: undefined, state: undefined, stage: undefined })}
          >
            {t("pipeline.stages")}
          </Pill>
          <Pill on={list} onPress={() => change({ view: "list" })}>
            {t("pipeline.list")}
          </Pill>
          <Separator />
          {([undefined, "won", "lost"] as const).map((state) => (
            <Pill
              key={state ?? "open"}
              on={search.state === state}
              onPress={() => change({ state })}
            >
              {t(`pipeline.${state ?? "open"}`)}
            </Pill>
          ))}
          <Separator />
          {owners.map((owner) => (
            <Pill
              key={owner}
              on={search.owner === owner}
              onPress={() => change({ owner: search.owner === owner ? undefined : owner })}
            >
              {owner}
            </Pill>
          ))}
          {search.stage && (
            <Pill on onPress={() => change({ stage: undefined })}>
              {search.stage} ×
            </Pill>
          )}
        </PillRow>
      </div>
      <div className={styles.body}>
        <Loaded what={t("pipeline.title")} query={query} rows={12}>
          {({ deals }) =>
            list ? (
              <DealList deals={deals} search={search} change={change} />
            ) : (
              <StageBoard
                deals={deals}
                open={(deal) => change({ deal })}
                drill={(stage) => change({ stage, view: "list" })}
              />
            )
          }
        </Loaded>
      </div>
      {search.deal && (
        <DealPanel key={search.deal} id={search.deal} close={() => change({ deal: undefined })} />
      )}
    </div>
  );
}
