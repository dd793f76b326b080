import { useQuery } from "@tanstack/react-query";
import { health } from "../../api/clients.ts";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import { FeedsCard } from "../../shared/feeds/feeds_card.tsx";
import { useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import { HeatMap } from "./heat_map.tsx";
import { Lights } from "./lights.tsx";
import { MoversCard } from "./movers_card.tsx";
import styles from "./portfolio.module.css";
import { type PortfolioSearch, portfolioRoute } from "./route.ts";
import { ScoreBins } from "./score_bins.tsx";

const REFRESH_MS = 15_000;

export function PortfolioPage() {
  const t = useText();
  const [search, change] = useSearchState<PortfolioSearch>(portfolioRoute);
  const summary = useQuery({
    queryKey: ["summary"],
    queryFn: () => health.summarizeHealth({ binPoints: 5 }),
    refetchInterval: REFRESH_MS,
  });
  return (
    <div className={styles.page}>
      <PageHeader title={t("portfolio.title")} />
      <div className={styles.grid}>
        <Part title={t("portfolio.lights")} query={summary} rows={3}>
          {(data) => <Lights summary={data} />}
        </Part>
        <div className={styles.two}>
          <Part
            title={t("portfolio.heat")}
            aside={t("portfolio.heatNote")}
            query={summary}
            rows={7}
          >
            {(data) => <HeatMap summary={data} />}
          </Part>
          <Part
            title={t("portfolio.bins")}
            aside={t("portfolio.binsNote")}
            query={summary}
            rows={7}
          >
            {(data) => <ScoreBins summary={data} />}
          </Part>
        </div>
        <FeedsCard silentOnly />
        <MoversCard search={search} change={change} />
      </div>
    </div>
  );
}
