import { timestampNow } from "@bufbuild/protobuf/wkt";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { accounts, health, opportunities } from "../../api/clients.ts";
import type { AsOf } from "./as_of.ts";

const HISTORY_DAYS = 180;
const CHANGES_MOST = 20;
const HISTORY_REFRESH_MS = 60_000;
const HISTORY_AWAITED_MS = 3_000;

export const healthQuery = (account: string, { time, timeMs, knownAt }: AsOf) =>
  queryOptions({
    queryKey: ["health", account, timeMs ?? "now", knownAt ? "then" : "now"],
    queryFn: () =>
      time
        ? health.getHealthAsOf({ account, asOf: time, knownAt: knownAt ?? timestampNow() })
        : health.getHealth({ account }),
    placeholderData: keepPreviousData,
  });

export const historyQuery = (account: string, { timeMs, knownAt }: AsOf) =>
  queryOptions({
    queryKey: ["history", account, HISTORY_DAYS, timeMs ?? "now", knownAt ? "then" : "now"],
    queryFn: () =>
      health.listHealthHistory({
        account,
        pageSize: HISTORY_DAYS,
        ...(knownAt ? { knownAt } : {}),
      }),
    staleTime: HISTORY_REFRESH_MS,
    // A day closes while the page is open; and a past that is being written is there in a moment.
    refetchInterval: ({ state }) =>
      timeMs !== undefined
        ? false
        : state.data?.snapshots.length === 0
          ? HISTORY_AWAITED_MS
          : HISTORY_REFRESH_MS,
    placeholderData: keepPreviousData,
  });

export const explainQuery = (account: string, { time, timeMs }: AsOf) =>
  queryOptions({
    queryKey: ["explain", account, timeMs ?? "now"],
    queryFn: () =>
      health.explainHealth({
        account,
        limit: CHANGES_MOST,
        ...(time ? { fromTime: { seconds: time.seconds - 604_800n, nanos: 0 }, toTime: time } : {}),
      }),
    placeholderData: keepPreviousData,
  });

export const accountQuery = (name: string) =>
  queryOptions({ queryKey: ["account", name], queryFn: () => accounts.getAccount({ name }) });

export const rfmQuery = (account: string, { time, timeMs }: AsOf) =>
  queryOptions({
    queryKey: ["rfm", account, timeMs ?? "now"],
    queryFn: () => accounts.getRfm({ account, ...(time ? { asOf: time } : {}) }),
  });

export const dealsQuery = (account: string) =>
  queryOptions({
    queryKey: ["opportunities", "of", account],
    queryFn: () => opportunities.listOpportunities({ account, pageSize: 50 }),
  });

export const factQuery = (accountId: string, source: string, id: string) =>
  queryOptions({
    queryKey: ["fact", accountId, source, id],
    queryFn: () => health.getFactOutcome({ accountId, source, id }),
  });
