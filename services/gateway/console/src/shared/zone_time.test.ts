import { expect, test } from "vitest";
import { daysBefore, endOfDay, startOfDay } from "./zone_time.ts";

test("a local day begins and ends in the calendar's zone", () => {
  expect(new Date(startOfDay("2026-11-21", "Asia/Shanghai")).toISOString()).toBe(
    "2026-11-20T16:00:00.000Z",
  );
  expect(new Date(endOfDay("2026-11-21", "Asia/Shanghai")).toISOString()).toBe(
    "2026-11-21T15:59:59.999Z",
  );
});

test("a day on which clocks change is as long as it is", () => {
  const zone = "Europe/Berlin";
  expect(endOfDay("2026-10-25", zone) - startOfDay("2026-10-25", zone)).toBe(25 * 3_600_000 - 1);
  expect(endOfDay("2026-03-29", zone) - startOfDay("2026-03-29", zone)).toBe(23 * 3_600_000 - 1);
});

test("days are counted over the ends of months", () => {
  expect(daysBefore("2026-03-01", 1)).toBe("2026-02-28");
});
