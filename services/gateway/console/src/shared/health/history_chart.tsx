// The score day by day, with what marks it: restated days and changes of the model.
import type { HealthSnapshot } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { useFormat, useText } from "../texts.ts";
import { type ChartPoint, LineChart } from "../ui/line_chart.tsx";

export function useHistoryPoints(newestFirst: readonly HealthSnapshot[]): ChartPoint[] {
  const t = useText();
  const format = useFormat();
  const byDay = new Map<string, HealthSnapshot>();
  // Later known values come first and replace earlier ones.
  for (const each of newestFirst) if (!byDay.has(each.day)) byDay.set(each.day, each);
  const days = [...byDay.values()].reverse();
  return days.map((each, index) => {
    const previous = days[index - 1];
    const modelChanged =
      previous &&
      (previous.modelVersion !== each.modelVersion || previous.modelId !== each.modelId);
    return {
      label: format.day(each.day),
      value: each.confidenceMicros === 0n ? undefined : Number(each.scoreMicros) / 1e6,
      shown: format.points(each.scoreMicros),
      mark: modelChanged
        ? {
            kind: "model",
            text: t("history.model", { model: `${each.modelId} ${each.modelVersion}` }),
          }
        : each.restated
          ? { kind: "restated", text: t("history.restated") }
          : undefined,
    };
  });
}

export function HistoryChart({
  newestFirst,
  guides,
  height,
  onPick,
}: {
  newestFirst: readonly HealthSnapshot[];
  guides?: readonly { value: number; label: string; kind?: "limit" }[];
  height?: number;
  onPick?: (day: string) => void;
}) {
  const t = useText();
  const points = useHistoryPoints(newestFirst);
  if (points.length === 0) return <p className="muted">{t("history.none")}</p>;
  const days = [...new Set(newestFirst.map((each) => each.day))].reverse();
  return (
    <LineChart
      points={points}
      label={t("history.label")}
      {...(guides ? { guides } : {})}
      {...(height ? { height } : {})}
      {...(onPick ? { onPick: (index: number) => onPick(days[index]!) } : {})}
    />
  );
}
