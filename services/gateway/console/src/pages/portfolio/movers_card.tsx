import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { health } from "../../api/clients.ts";
import { accountId, addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import {
  type HealthMover,
  MoverOrder,
} from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { catalogueQuery } from "../../shared/deployment.ts";
import { decimal } from "../../shared/format.ts";
import { causeText } from "../../shared/health/cause.ts";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import { Pill, PillRow } from "../../shared/ui/pill.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import styles from "./portfolio.module.css";
import type { PortfolioSearch } from "./route.ts";

const ORDERS = { fallen: MoverOrder.FALLEN, risen: MoverOrder.RISEN };
const SHOWN = 12;
const REFRESH_MS = 15_000;

export function MoversCard({
  search,
  change,
}: {
  search: PortfolioSearch;
  change: (part: Partial<PortfolioSearch>) => void;
}) {
  const t = useText();
  const format = useFormat();
  const query = useQuery({
    queryKey: ["movers", search.order ?? "", search.from ?? ""],
    queryFn: () =>
      health.listHealthMovers({
        fromDay: search.from ?? "",
        order: search.order ? ORDERS[search.order] : MoverOrder.GREATEST,
        pageSize: SHOWN,
      }),
    refetchInterval: REFRESH_MS,
    placeholderData: (previous) => previous,
  });
  const since = query.data?.fromTime && format.instant(timestampMs(query.data.fromTime));
  return (
    <Part
      title={t("portfolio.movers")}
      aside={since && t("portfolio.moversSince", { at: since })}
      query={query}
      rows={8}
    >
      {({ movers }) => (
        <>
          <PillRow label={t("portfolio.order")}>
            {([undefined, "fallen", "risen"] as const).map((order) => (
              <Pill
                key={order ?? "all"}
                on={search.order === order}
                onPress={() => change({ order })}
              >
                {t(order === undefined ? "portfolio.greatest" : `portfolio.${order}`)}
              </Pill>
            ))}
          </PillRow>
          {movers.length === 0 ? (
            <Empty title={t("portfolio.noMovers")} />
          ) : (
            <ul className={styles.movers}>
              {movers.map((mover) => (
                <Mover key={mover.account} mover={mover} />
              ))}
            </ul>
          )}
        </>
      )}
    </Part>
  );
}

function Mover({ mover }: { mover: HealthMover }) {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const metric = useQuery(catalogueQuery).data?.metrics.find(
    (each) => each.name === mover.mainMetric,
  );
  const cause = mover.mainChange?.cause;
  return (
    <li>
      <Link className={styles.name} to={addresses.account(accountId(mover.account))}>
        {mover.displayName || accountId(mover.account)}
      </Link>
      <span className="muted">
        {decimal(mover.scoreBeforeMicros, 2)} → {decimal(mover.scoreAfterMicros, 2)}
      </span>
      <b className={mover.pointsMicros < 0n ? styles.bad : styles.good}>
        {format.signedPoints(mover.pointsMicros)}
      </b>
      <span className={styles.cause}>
        {[
          mover.mainMetric &&
            `${metric ? titled(metric, language) : mover.mainMetric} ${format.signedPoints(mover.mainMetricPointsMicros)}`,
          cause && causeText(cause, t),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </li>
  );
}
