// Local days of the calendar's zone as instants, whatever zone the browser is in.
import { isoDay } from "./format.ts";

const DAY_MS = 86_400_000;

// How far the zone's clocks are ahead of UTC at that instant.
function offsetMs(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(ms);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(
    of("year"),
    of("month") - 1,
    of("day"),
    of("hour"),
    of("minute"),
    of("second"),
  );
  return local - Math.floor(ms / 1000) * 1000;
}

// The first instant of a local day.
export function startOfDay(iso: string, zone: string): number {
  const utc = Date.parse(`${iso}T00:00:00Z`);
  const guess = utc - offsetMs(utc, zone);
  return utc - offsetMs(guess, zone);
}

// The last millisecond of a local day.
export function endOfDay(iso: string, zone: string): number {
  return startOfDay(isoDay(startOfDay(iso, zone) + 1.5 * DAY_MS, zone), zone) - 1;
}

export function daysBefore(iso: string, days: number): string {
  return new Date(Date.parse(`${iso}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

export const isDay = (raw: unknown): raw is string =>
  typeof raw === "string" && /^\d{4}-\d{2}-\d{2}$/.test(raw) && !Number.isNaN(Date.parse(raw));
