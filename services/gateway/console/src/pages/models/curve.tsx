import type { CurvePoint } from "../../gen/proto/bellwether/health/v1/model_pb.js";
import styles from "./models.module.css";

const WIDTH = 120;
const HEIGHT = 34;
const HUNDRED_MICROS = 100_000_000;

// How a value becomes points, flat outside its ends.
export function Curve({ points, label }: { points: readonly CurvePoint[]; label: string }) {
  const first = Number(points[0]?.atMicros ?? 0n);
  const last = Number(points.at(-1)?.atMicros ?? 1n);
  const x = (at: bigint) => 3 + ((Number(at) - first) / Math.max(1, last - first)) * (WIDTH - 6);
  const y = (value: bigint) => 3 + (1 - Number(value) / HUNDRED_MICROS) * (HEIGHT - 6);
  const path = points.map(
    (point) => `${x(point.atMicros).toFixed(1)} ${y(point.pointsMicros).toFixed(1)}`,
  );
  return (
    <svg className={styles.curve} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <path d={`M${path.join("L")}`} />
      {points.map((point) => (
        <circle
          key={String(point.atMicros)}
          cx={x(point.atMicros)}
          cy={y(point.pointsMicros)}
          r={2}
        />
      ))}
    </svg>
  );
}
