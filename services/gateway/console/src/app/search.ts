// The address is the state of a page: its search parameters, plain texts, typed by the page.
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

export type RawSearch = Record<string, unknown>;

export const text = (raw: unknown): string | undefined =>
  typeof raw === "string" && raw !== "" ? raw : undefined;

export function oneOf<T extends string>(raw: unknown, values: readonly T[]): T | undefined {
  return values.find((value) => value === raw);
}

// Several values of one parameter, "red,orange".
export function listOf(value: string | undefined): string[] {
  return value ? value.split(",") : [];
}

export function joined(values: readonly string[]): string | undefined {
  return values.length > 0 ? values.join(",") : undefined;
}

export function parseSearch(search: string): RawSearch {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: RawSearch): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  const written = parameters.toString().replaceAll("%2C", ",");
  return written === "" ? "" : `?${written}`;
}

interface SearchRoute<S> {
  useSearch(): S;
}

// The page's search parameters and how to change some of them. `replace` leaves no step for Back.
export function useSearchState<S extends object>(
  route: SearchRoute<S>,
): [S, (part: Partial<S>, replace?: boolean) => void] {
  const search = route.useSearch();
  const navigate = useNavigate();
  const change = useCallback(
    (part: Partial<S>, replace = false) => {
      void navigate({
        to: ".",
        search: ((previous: RawSearch) => ({ ...previous, ...part })) as never,
        replace,
      });
    },
    [navigate],
  );
  return [search, change];
}
