// All deals of one state, read page by page.
import { queryOptions } from "@tanstack/react-query";
import { accounts, opportunities } from "../../api/clients.ts";
import {
  type Opportunity,
  State,
} from "../../gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import type { PipelineSearch, Sort } from "./route.ts";

const PAGE_SIZE = 1_000;
const PAGES_MOST = 20;
const REFRESH_MS = 15_000;

const STATES = { won: State.WON, lost: State.LOST };

export const dealsQuery = ({ state, owner }: PipelineSearch) =>
  queryOptions({
    queryKey: ["opportunities", "all", state ?? "open", owner ?? ""],
    queryFn: async () => {
      const found: Opportunity[] = [];
      let pageToken = "";
      let total = 0n;
      for (let page = 0; page < PAGES_MOST; page++) {
        const answer = await opportunities.listOpportunities({
          state: state ? STATES[state] : State.OPEN,
          owner: owner ?? "",
          pageSize: PAGE_SIZE,
          pageToken,
        });
        found.push(...answer.opportunities);
        total = answer.totalSize;
        pageToken = answer.nextPageToken;
        if (pageToken === "") break;
      }
      return { deals: found, total };
    },
    refetchInterval: REFRESH_MS,
  });

export const accountNamesQuery = queryOptions({
  queryKey: ["accounts", "names"],
  queryFn: async () => {
    const names = new Map<string, string>();
    let pageToken = "";
    for (let page = 0; page < PAGES_MOST; page++) {
      const answer = await accounts.listAccounts({ pageSize: PAGE_SIZE, pageToken });
      for (const each of answer.accounts) names.set(each.name, each.shortName || each.legalName);
      pageToken = answer.nextPageToken;
      if (pageToken === "") break;
    }
    return names;
  },
  staleTime: 300_000,
});

export const dealId = (name: string) => name.replace(/^opportunities\//, "");
export const dealName = (id: string) => `opportunities/${id}`;
export const baseAmount = (deal: Opportunity) => deal.amount?.baseAmountMinor ?? 0n;
export const sumOf = (deals: readonly Opportunity[]) =>
  deals.reduce((sum, deal) => sum + baseAmount(deal), 0n);

const byNumber = (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1);
const updated = (deal: Opportunity) => deal.updateTime?.seconds ?? 0n;

export function sorted(
  deals: readonly Opportunity[],
  sort: Sort | undefined,
  accountName: (deal: Opportunity) => string,
): Opportunity[] {
  const orders: Record<Sort, (a: Opportunity, b: Opportunity) => number> = {
    title: (a, b) => a.title.localeCompare(b.title),
    account: (a, b) => accountName(a).localeCompare(accountName(b)),
    amount: (a, b) => byNumber(baseAmount(b), baseAmount(a)),
    updated: (a, b) => byNumber(updated(b), updated(a)),
  };
  return [...deals].sort(orders[sort ?? "amount"]);
}
