// Where things are shown: how a page leads to what another one shows, without knowing it.
import { stringifySearch } from "./search.ts";

export const addresses = {
  account: (id: string, search: { tab?: string; asOf?: string } = {}) =>
    `/accounts/${encodeURIComponent(id)}${stringifySearch(search)}`,
  accounts: (search: Record<string, string | undefined> = {}) =>
    `/accounts${stringifySearch(search)}`,
  alert: (name: string) => `/${stringifySearch({ alert: alertId(name) })}`,
  board: (search: Record<string, string | undefined> = {}) => `/${stringifySearch(search)}`,
  opportunities: (search: Record<string, string | undefined> = {}) =>
    `/pipeline${stringifySearch(search)}`,
  rule: (id: string) => `/rules${stringifySearch({ rule: id })}`,
  data: () => "/data",
  upload: (id: string) => `/data${stringifySearch({ upload: id })}`,
  tableImport: (id: string) => `/data${stringifySearch({ import: id })}`,
  letters: () => `/system${stringifySearch({ tab: "letters" })}`,
  importRun: (run: string) => `/data${stringifySearch({ run })}`,
};

// "alerts/R13-account-acme" → "R13-account-acme"
export const alertId = (name: string) => name.replace(/^alerts\//, "");
export const alertName = (id: string) => `alerts/${id}`;
// "accounts/acme" → "acme"
export const accountId = (name: string) => name.replace(/^accounts\//, "");
export const accountName = (id: string) => `accounts/${id}`;
