// Accounts by health, the worst first, under a filter that stands in the address.
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { health } from "../../api/clients.ts";
import { accountId, addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import type { AccountHealth } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { onHealth } from "../../live/live.ts";
import { BandMark, useBands } from "../../shared/health/band.tsx";
import { TIERS, tierName } from "../../shared/names.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Pill, PillRow, Separator } from "../../shared/ui/pill.tsx";
import { Empty, Failed, Loading } from "../../shared/ui/states.tsx";
import { type Column, Table } from "../../shared/ui/table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./accounts.module.css";
import { type AccountsSearch, accountsRoute } from "./route.ts";

const PAGE_SIZE = 500;
const REFRESH_MS = 5_000;

const idOf = (row: AccountHealth) => row.account;

export function AccountsPage() {
  const t = useText();
  const router = useRouter();
  const [search, change] = useSearchState<AccountsSearch>(accountsRoute);
  const query = useInfiniteQuery({
    queryKey: ["rank", search],
    queryFn: ({ pageParam }) =>
      health.rankHealth({ ...requestOf(search), pageSize: PAGE_SIZE, pageToken: pageParam }),
    initialPageParam: "",
    getNextPageParam: (last) => last.nextPageToken || undefined,
  });
  useRefreshOnChange();
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.healths) ?? [], [query.data]);
  const columns = useColumns();
  return (
    <div className={styles.page}>
      <PageHeader title={t("accounts.title")}>
        {query.data && (
          <span className="muted" data-count={rows.length}>
            {t(query.hasNextPage ? "accounts.countSoFar" : "accounts.count", {
              count: rows.length,
            })}
          </span>
        )}
      </PageHeader>
      <Filter search={search} change={change} />
      {query.isError && (
        <div className={styles.failed}>
          <Failed what={t("accounts.title")} error={query.error} again={() => query.refetch()} />
        </div>
      )}
      {query.isPending ? (
        <div className={styles.failed}>
          <Loading rows={12} />
        </div>
      ) : (
        <Table
          label={t("accounts.title")}
          rows={rows}
          columns={columns}
          idOf={idOf}
          rowHeight={36}
          onOpen={(row) => router.history.push(addresses.account(accountId(row.account)))}
          empty={<Empty title={t("accounts.nothing")} note={t("accounts.nothingNote")} />}
        />
      )}
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button onPress={() => query.fetchNextPage()}>{t("accounts.more")}</Button>
        </div>
      )}
    </div>
  );
}

function requestOf(search: AccountsSearch) {
  const micros = (points: string | undefined) =>
    points === undefined ? undefined : BigInt(points) * 1_000_000n;
  return {
    tier: search.tier === "none" ? "" : (search.tier ?? ""),
    withoutTier: search.tier === "none",
    owner: search.owner ?? "",
    industry: search.industry ?? "",
    bandId: search.band ?? "",
    scoreFromMicros: micros(search.from),
    scoreBelowMicros: micros(search.below),
    lowConfidenceOnly: search.unsure === "yes",
  };
}

// Places move with every fact: the list is asked for anew at most so often.
function useRefreshOnChange(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = onHealth("*", () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void queries.invalidateQueries({ queryKey: ["rank"] });
      }, REFRESH_MS);
    });
    return () => {
      stop();
      clearTimeout(waiting);
    };
  }, [queries]);
}

function Filter({
  search,
  change,
}: {
  search: AccountsSearch;
  change: (part: Partial<AccountsSearch>) => void;
}) {
  const t = useText();
  const bands = useBands();
  // Of whom: at most one of them; how high: at most one of them, as the service takes it.
  const ofWhom = { tier: undefined, owner: undefined, industry: undefined };
  const howHigh = { band: undefined, unsure: undefined, from: undefined, below: undefined };
  const toggle = (part: "tier" | "band", value: string) =>
    change({
      ...(part === "tier" ? ofWhom : howHigh),
      [part]: search[part] === value ? undefined : value,
    });
  return (
    <div className={styles.filter}>
      <PillRow label={t("board.filter")}>
        {bands.map((band) => (
          <Pill key={band.id} on={search.band === band.id} onPress={() => toggle("band", band.id)}>
            <BandMark id={band.id} />
          </Pill>
        ))}
        <Pill
          on={search.unsure === "yes"}
          onPress={() => change({ ...howHigh, unsure: search.unsure ? undefined : "yes" })}
        >
          {t("accounts.unsure")}
        </Pill>
        <Separator />
        {[...TIERS, "none"].map((tier) => (
          <Pill key={tier} on={search.tier === tier} onPress={() => toggle("tier", tier)}>
            {tierName(tier === "none" ? "" : tier, t)}
          </Pill>
        ))}
        {(search.from !== undefined || search.below !== undefined) && (
          <Pill on onPress={() => change({ from: undefined, below: undefined })}>
            {t("accounts.span", { from: search.from ?? "0", below: search.below ?? "100" })} ×
          </Pill>
        )}
        {search.owner && (
          <Pill on onPress={() => change({ owner: undefined })}>
            {search.owner} ×
          </Pill>
        )}
        {search.industry && (
          <Pill on onPress={() => change({ industry: undefined })}>
            {search.industry} ×
          </Pill>
        )}
      </PillRow>
    </div>
  );
}

function useColumns(): Column<AccountHealth>[] {
  const t = useText();
  const format = useFormat();
  return useMemo(
    () => [
      {
        key: "account",
        head: t("accounts.account"),
        cut: true,
        cell: (row) => (
          <Link className={styles.name} to={addresses.account(accountId(row.account))}>
            {row.displayName || accountId(row.account)}
          </Link>
        ),
      },
      {
        key: "score",
        head: t("accounts.score"),
        width: "84px",
        numeric: true,
        cell: (row) => <b>{format.points(row.scoreMicros)}</b>,
      },
      {
        key: "change",
        head: t("accounts.change"),
        width: "84px",
        numeric: true,
        cell: (row) =>
          row.previousAbsent ? "" : format.signedPoints(row.scoreMicros - row.previousScoreMicros),
      },
      {
        key: "band",
        head: t("accounts.band"),
        width: "150px",
        cell: (row) =>
          row.lowConfidence ? (
            <Tag tone="yellow">{t("accounts.unsure")}</Tag>
          ) : (
            <BandMark id={row.bandId} />
          ),
      },
      {
        key: "confidence",
        head: t("accounts.confidence"),
        width: "110px",
        numeric: true,
        cell: (row) => format.percent(row.confidenceMicros, 0),
      },
      {
        key: "tier",
        head: t("accounts.tier"),
        width: "130px",
        cell: (row) => tierName(row.attributes?.tier ?? "", t),
      },
      {
        key: "industry",
        head: t("accounts.industry"),
        width: "140px",
        cut: true,
        cell: (row) => row.attributes?.industry ?? "",
      },
      {
        key: "owner",
        head: t("accounts.owner"),
        width: "130px",
        cut: true,
        cell: (row) => row.attributes?.owner ?? "",
      },
    ],
    [t, format],
  );
}
