// What is the same for every figure of a deployment: zone, currency, model, catalogue, rules.
import { useQuery } from "@tanstack/react-query";
import { alerts, health, ingest } from "../api/clients.ts";

const HOUR_MS = 3_600_000;

const stable = { staleTime: HOUR_MS, gcTime: Number.POSITIVE_INFINITY };

export const calendarQuery = {
  queryKey: ["calendar"],
  queryFn: () => health.getCalendar({}),
  ...stable,
};
export const currenciesQuery = {
  queryKey: ["currencies"],
  queryFn: () => ingest.getCurrencies({}),
  ...stable,
};
export const modelQuery = {
  queryKey: ["health-model"],
  queryFn: () => health.getHealthModel({}),
  staleTime: 60_000,
};
export const catalogueQuery = {
  queryKey: ["metric-catalogue"],
  queryFn: () => health.getMetricCatalogue({}),
  staleTime: 60_000,
};
export const rulesQuery = {
  queryKey: ["rules"],
  queryFn: () => alerts.listRules({}),
  staleTime: 60_000,
};

export const ZONE_UNKNOWN = "UTC";

// The server calendar's zone; UTC, named as such, until it is known.
export function useZone(): string {
  return useQuery(calendarQuery).data?.timeZone || ZONE_UNKNOWN;
}

export function useReportingCurrency(): { code: string; digits: number } {
  const { data } = useQuery(currenciesQuery);
  const code = data?.reportingCurrency ?? "";
  const digits = data?.currencies.find((each) => each.code === code)?.minorDigits;
  return { code, digits: digits ?? minorDigits(code) };
}

// As ISO 4217 has it.
export function minorDigits(code: string): number {
  if (code === "") return 2;
  return (
    new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions()
      .maximumFractionDigits ?? 2
  );
}
