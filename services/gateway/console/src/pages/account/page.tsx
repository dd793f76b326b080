import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { accountName } from "../../app/addresses.ts";
import { ConnectionBadge } from "../../app/badge.tsx";
import { Find } from "../../app/find.tsx";
import { useSearchState } from "../../app/search.ts";
import { onHealth } from "../../live/live.ts";
import { tierName } from "../../shared/names.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Failed } from "../../shared/ui/states.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./account.module.css";
import { AlertsCard } from "./alerts_card.tsx";
import { useAsOf } from "./as_of.ts";
import { AsOfSlider } from "./as_of_slider.tsx";
import { DealsCard } from "./deals_card.tsx";
import { DimensionsCard } from "./dimensions_card.tsx";
import { FactPanel } from "./fact_panel.tsx";
import { MetricsCard } from "./metrics_card.tsx";
import { ProfileCard } from "./profile_card.tsx";
import { accountQuery, healthQuery } from "./queries.ts";
import { RfmCard } from "./rfm_card.tsx";
import { type AccountSearch, accountRoute } from "./route.ts";
import { ScoreCard } from "./score_card.tsx";
import { WhyCard } from "./why_card.tsx";

export function AccountPage() {
  const { accountId } = accountRoute.useParams() as { accountId: string };
  const [search, change] = useSearchState<AccountSearch>(accountRoute);
  const t = useText();
  const format = useFormat();
  const account = accountName(accountId);
  const asOf = useAsOf(search);
  const record = useQuery(accountQuery(account));
  const health = useQuery(healthQuery(account, asOf));
  useLiveHealth(account, asOf.day === undefined);
  const name =
    record.data?.shortName || record.data?.legalName || health.data?.displayName || accountId;
  const tier = health.data?.attributes?.tier ?? record.data?.tier ?? "";
  const others = health.data?.attributes?.others ?? {};
  return (
    <div className={`${styles.page} ${asOf.day ? styles.past : ""}`}>
      <header className={styles.head}>
        <h1>{name}</h1>
        <Tag tone="accent">{tierName(tier, t)}</Tag>
        {others.grade && <Tag>{t("account.grade", { grade: others.grade })}</Tag>}
        {record.data?.industry && <Tag>{record.data.industry}</Tag>}
        <span className="muted">{record.data?.team.map((each) => each.person).join(" · ")}</span>
        <ConnectionBadge />
        <span className={styles.grow} />
        <AsOfSlider day={asOf.day} change={(day) => change({ asOf: day, fact: undefined }, true)} />
        <Find />
      </header>
      {asOf.timeMs !== undefined && (
        <div className={styles.banner} role="status">
          <b>
            {t(search.known === "now" ? "account.asOfKnownNow" : "account.asOf", {
              at: format.instant(asOf.timeMs),
              zone: format.zoneName,
            })}
          </b>
          <button
            type="button"
            className="link"
            onClick={() => change({ known: search.known === "now" ? undefined : "now" }, true)}
          >
            {t(search.known === "now" ? "account.showKnownThen" : "account.showKnownNow")}
          </button>
          <button
            type="button"
            className="link"
            onClick={() => change({ asOf: undefined, known: undefined })}
          >
            {t("account.backToNow")}
          </button>
        </div>
      )}
      <div className={styles.columns}>
        <div className={styles.main}>
          <ScoreCard
            account={account}
            health={health}
            asOf={asOf}
            search={search}
            change={change}
          />
          <WhyCard
            account={account}
            asOf={asOf}
            openFact={(source, id) => change({ fact: `${source}|${id}` })}
          />
          <MetricsCard health={health} />
        </div>
        <div className={styles.side}>
          <DimensionsCard health={health} />
          {asOf.day === undefined && <AlertsCard accountId={accountId} />}
          <DealsCard account={account} />
          <RfmCard account={account} asOf={asOf} />
          {record.isError ? (
            <Failed
              what={t("account.profile")}
              error={record.error}
              again={() => record.refetch()}
            />
          ) : (
            <ProfileCard account={record} />
          )}
        </div>
      </div>
      {search.fact && (
        <FactPanel
          accountId={accountId}
          fact={search.fact}
          close={() => change({ fact: undefined })}
        />
      )}
    </div>
  );
}

// A fact that comes moves what is shown, while it is the present that is shown.
function useLiveHealth(account: string, present: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!present) return;
    return onHealth(account, (health) => {
      queries.setQueryData(["health", account, "now", "now"], health);
      void queries.invalidateQueries({ queryKey: ["explain", account, "now"] });
    });
  }, [account, present, queries]);
}
