// Rounds figures so that what is shown adds up to the shown sum: each is rounded down, and the
// units that are missing go to the largest remainders. All in 10⁻⁶; `unit` is the last shown digit.
export function roundToSum(micros: readonly bigint[], unit: bigint): bigint[] {
  const total = roundHalfAway(
    micros.reduce((sum, value) => sum + value, 0n),
    unit,
  );
  const floors = micros.map((value) => floorTo(value, unit));
  let missing = (total - floors.reduce((sum, value) => sum + value, 0n)) / unit;
  const byRemainder = micros
    .map((value, index) => ({ index, rest: value - floors[index]! }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  for (const { index } of byRemainder) {
    if (missing <= 0n) break;
    floors[index]! += unit;
    missing -= 1n;
  }
  return floors;
}

function floorTo(value: bigint, unit: bigint): bigint {
  const rest = ((value % unit) + unit) % unit;
  return value - rest;
}

export function roundHalfAway(value: bigint, unit: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const rounded = ((magnitude + unit / 2n) / unit) * unit;
  return value < 0n ? -rounded : rounded;
}
