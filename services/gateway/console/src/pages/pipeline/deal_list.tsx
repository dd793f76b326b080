import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { accountId, addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import type { Opportunity } from "../../gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { useServerNow } from "../../shared/server_time.ts";
import { stageName } from "../../shared/stages.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Empty } from "../../shared/ui/states.tsx";
import { type Column, Table } from "../../shared/ui/table.tsx";
import { accountNamesQuery, baseAmount, dealId, dealName, sorted } from "./deals.ts";
import styles from "./pipeline.module.css";
import type { PipelineSearch, Sort } from "./route.ts";

const idOf = (deal: Opportunity) => deal.name;
const MINUTE_MS = 60_000;

export function DealList({
  deals,
  search,
  change,
}: {
  deals: readonly Opportunity[];
  search: PipelineSearch;
  change: (part: Partial<PipelineSearch>) => void;
}) {
  const t = useText();
  const names = useQuery(accountNamesQuery).data;
  const rows = useMemo(
    () =>
      sorted(
        search.stage ? deals.filter((deal) => deal.stage === search.stage) : deals,
        search.sort,
        (deal) => names?.get(deal.account) ?? deal.account,
      ),
    [deals, search.stage, search.sort, names],
  );
  const columns = useColumns(search, change, names);
  return (
    <Table
      label={t("pipeline.title")}
      rows={rows}
      columns={columns}
      idOf={idOf}
      rowHeight={36}
      currentId={search.deal ? dealName(search.deal) : undefined}
      onOpen={(deal) => change({ deal: dealId(deal.name) })}
      empty={<Empty title={t("pipeline.nothing")} note={t("pipeline.nothingNote")} />}
    />
  );
}

function useColumns(
  search: PipelineSearch,
  change: (part: Partial<PipelineSearch>) => void,
  names: ReadonlyMap<string, string> | undefined,
): Column<Opportunity>[] {
  const t = useText();
  const format = useFormat();
  return useMemo(() => {
    const sortable = (sort: Sort, direction: "ascending" | "descending") => ({
      onSort: () => change({ sort }),
      sorted: (search.sort ?? "amount") === sort ? direction : undefined,
    });
    return [
      {
        key: "title",
        head: t("pipeline.deal"),
        cut: true,
        cell: (deal) => <b>{deal.title || dealId(deal.name)}</b>,
        ...sortable("title", "ascending"),
      },
      {
        key: "account",
        head: t("pipeline.account"),
        width: "220px",
        cut: true,
        cell: (deal) =>
          deal.account ? (
            <Link className={styles.account} to={addresses.account(accountId(deal.account))}>
              {names?.get(deal.account) ?? accountId(deal.account)}
            </Link>
          ) : (
            NONE
          ),
        ...sortable("account", "ascending"),
      },
      {
        key: "stage",
        head: t("pipeline.stage"),
        width: "190px",
        cut: true,
        cell: (deal) => stageName(deal.stage, t),
      },
      {
        key: "amount",
        head: t("pipeline.amount"),
        width: "120px",
        numeric: true,
        cell: (deal) => (deal.amount ? format.money(baseAmount(deal)) : NONE),
        ...sortable("amount", "descending"),
      },
      {
        key: "owner",
        head: t("pipeline.owner"),
        width: "130px",
        cut: true,
        cell: (deal) => deal.owner,
      },
      {
        key: "updated",
        head: t("pipeline.updated"),
        width: "110px",
        numeric: true,
        cell: (deal) => <Updated deal={deal} />,
        ...sortable("updated", "descending"),
      },
    ];
  }, [t, format, search.sort, change, names]);
}

function Updated({ deal }: { deal: Opportunity }) {
  const format = useFormat();
  const now = useServerNow(MINUTE_MS);
  if (!deal.updateTime) return <>{NONE}</>;
  const at = timestampMs(deal.updateTime);
  return <time title={format.instant(at)}>{format.duration(now - at)}</time>;
}
