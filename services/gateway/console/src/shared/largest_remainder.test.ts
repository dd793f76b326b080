import { expect, test } from "vitest";
import { roundToSum } from "./largest_remainder.ts";

const sum = (values: bigint[]) => values.reduce((a, b) => a + b, 0n);

test("shown points add up to the shown change", () => {
  const points = [-423_333n, -213_333n, -93_334n];
  const shown = roundToSum(points, 10_000n);
  expect(sum(shown)).toBe(-730_000n);
  expect(shown).toEqual([-420_000n, -210_000n, -100_000n]);
});

test("no shown figure is further than one unit from the true one", () => {
  let seed = 7n;
  const next = () => (seed = (seed * 48_271n) % 2_147_483_647n);
  for (let round = 0; round < 200; round++) {
    const points = Array.from(
      { length: 1 + Number(next() % 12n) },
      () => (next() % 4_000_001n) - 2_000_000n,
    );
    const shown = roundToSum(points, 10_000n);
    shown.forEach((value, index) => {
      const off = value - points[index]!;
      expect(off < 0n ? -off : off).toBeLessThanOrEqual(10_000n);
    });
    const off = sum(shown) - sum(points);
    expect(off < 0n ? -off : off).toBeLessThanOrEqual(5_000n);
  }
});
