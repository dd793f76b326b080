import { describe, expect, test } from "vitest";
import * as format from "./format.ts";

describe("figures", () => {
  test("points round half away from zero, as the server does", () => {
    expect(format.decimal(69_985_000n, 2)).toBe("69.99");
    expect(format.decimal(-725_000n, 2)).toBe("−0.73");
    expect(format.decimal(-4_000n, 2)).toBe("0.00");
  });

  test("a change has its sign, nothing has none", () => {
    expect(format.signed(660_000n, 2)).toBe("+0.66");
    expect(format.signed(-720_000n, 2)).toBe("−0.72");
    expect(format.signed(3_000n, 2)).toBe("0.00");
  });

  test("money is shown in whole units, in short in the language's own steps", () => {
    expect(format.money(9_020_500n, 2, "en")).toBe("90\u202f205");
    expect(format.money(123_456_789n, 2, "en", true)).toBe("1.2\u00a0M");
    expect(format.money(123_456_789n, 2, "zh", true)).toBe("123\u00a0万");
    expect(format.money(500n, 0, "en")).toBe("500");
  });
});

describe("times", () => {
  const at = Date.UTC(2026, 10, 21, 9, 31, 41);

  test("days and times are those of the calendar's zone", () => {
    expect(format.isoDay(at, "Asia/Shanghai")).toBe("2026-11-21");
    expect(format.isoDay(Date.UTC(2026, 10, 21, 17), "Asia/Shanghai")).toBe("2026-11-22");
    expect(format.clock(at, "Asia/Shanghai")).toBe("17:31");
  });

  test("the days around now have names", () => {
    expect(format.instant(at, "Asia/Shanghai", "en", at + 1000)).toBe("today 17:31");
    expect(format.instant(at, "Asia/Shanghai", "zh", at + 86_400_000)).toBe("昨日 17:31");
    expect(format.instant(at, "Asia/Shanghai", "en", at + 400 * 86_400_000)).toBe(
      "21 Nov 2026 17:31",
    );
  });

  test("durations name two units at most", () => {
    expect(format.duration(11_520_000, "en")).toBe("3\u00a0h 12\u00a0min");
    expect(format.duration(67 * 86_400_000, "en")).toBe("67\u00a0d");
    expect(format.duration(42_000, "en", true)).toBe("42\u00a0s");
    expect(format.duration(26 * 60_000, "zh")).toBe("26\u00a0分");
  });
});

test("decimals of the server keep all of their digits", () => {
  expect(format.plainDecimal("-1234567.8900")).toBe("−1\u202f234\u202f567.8900");
  expect(format.plainDecimal("12")).toBe("12");
});

test("bytes stand in the unit that fits, money to its last digit", () => {
  expect(format.bytes(203)).toBe("203\u00a0B");
  expect(format.bytes(2.5 * 1024 * 1024)).toBe("2.5\u00a0MiB");
  expect(format.exactMoney(-1_835_396n, 2)).toBe("−18\u202f353.96");
  expect(format.exactMoney(1_200n, 0)).toBe("1200");
});
