// A rule's condition in words, and where its levels begin.
import { useQuery } from "@tanstack/react-query";
import {
  type AlertRule,
  Direction,
  type Level,
} from "../../gen/proto/bellwether/alerts/v1/rule_pb.js";
import { catalogueQuery } from "../../shared/deployment.ts";
import { decimal, percent } from "../../shared/format.ts";
import { metricValue } from "../../shared/health/metric_value.ts";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";

const HEALTH_SCORE = "health.score";

export function useConditionText(): (rule: AlertRule) => string {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const catalogue = useQuery(catalogueQuery).data;
  const nameOf = (value: string) => {
    if (value === HEALTH_SCORE) return t("rules.healthScore");
    const metric = catalogue?.metrics.find((each) => each.name === value);
    return metric ? titled(metric, language) : value;
  };
  return ({ condition }) => {
    switch (condition.case) {
      case "threshold":
        return t(condition.value.direction === Direction.ABOVE ? "rules.above" : "rules.below", {
          value: nameOf(condition.value.value),
        });
      case "percentageChange":
        return t(condition.value.direction === Direction.ABOVE ? "rules.risen" : "rules.fallen", {
          value: nameOf(condition.value.value),
        });
      case "absence":
        return t("rules.absent", {
          value: nameOf(condition.value.value),
          time: format.duration(Number(condition.value.longerThan?.seconds ?? 0n) * 1000),
        });
      default:
        return "";
    }
  };
}

export function useLevelTexts(): (rule: AlertRule) => { level: Level; text: string }[] {
  const format = useFormat();
  const catalogue = useQuery(catalogueQuery).data;
  return ({ condition }) => {
    if (condition.case === "absence") return [{ level: condition.value.level, text: "" }];
    if (condition.case === undefined) return [];
    const { value, levels } = condition.value;
    const unit = catalogue?.metrics.find((each) => each.name === value)?.unit;
    const isShare = condition.case === "percentageChange" && !condition.value.absolute;
    return levels.map(({ level, fireMicros }) => ({
      level,
      text: isShare
        ? percent(fireMicros, 0)
        : value === HEALTH_SCORE
          ? decimal(fireMicros, 0)
          : metricValue(fireMicros, unit, format),
    }));
  };
}
