import { MetricUnit } from "../../gen/proto/bellwether/health/v1/model_pb.js";
import { decimal } from "../format.ts";
import type { Format } from "../texts.ts";

const UNITS = { en: { d: "d", h: "h" }, zh: { d: "天", h: "小时" } } as const;

// A metric's value in its unit: "−18.3 %", "14 d", "46.0 h".
export function metricValue(micros: bigint, unit: MetricUnit | undefined, format: Format): string {
  const words = UNITS[format.language];
  switch (unit) {
    case MetricUnit.DAYS:
      return `${decimal(micros, micros % 1_000_000n === 0n ? 0 : 1)}\u00a0${words.d}`;
    case MetricUnit.HOURS:
      return `${decimal(micros, 1)}\u00a0${words.h}`;
    case MetricUnit.MONEY:
      return `${format.money(micros / 1_000_000n)}\u00a0${format.currency}`;
    case MetricUnit.RATIO:
      return format.percent(micros);
    case MetricUnit.INSTANT:
      return format.instant(Number(micros / 1_000n));
    default:
      return decimal(micros, micros % 1_000_000n === 0n ? 0 : 2);
  }
}
