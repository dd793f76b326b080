import { create } from "@bufbuild/protobuf";
import {
  type AlertRule,
  AlertRuleSchema,
  Level,
} from "../src/gen/proto/bellwether/alerts/v1/rule_pb.js";
import { SubjectType } from "../src/gen/proto/bellwether/events/v1/subject_pb.js";

const { YELLOW, ORANGE, RED } = Level;

export interface MockRule {
  id: string;
  title: string;
  titleZh: string;
  levels: Level[];
  valueName: string;
  value: (level: Level) => number;
  text: (name: string, value: number) => { en: string; zh: string };
  cause: string;
  playbook: string;
  risk: boolean;
  message: AlertRule;
}

function rule(
  of: Omit<MockRule, "message"> & { condition: AlertRule["condition"]; hours: number },
): MockRule {
  return {
    ...of,
    message: create(AlertRuleSchema, {
      ruleId: of.id,
      version: 1,
      scope: SubjectType.ACCOUNT,
      title: of.title,
      titleZh: of.titleZh,
      text: of.text("{subject}", 0).en,
      textZh: of.text("{subject}", 0).zh,
      cause: of.cause,
      playbook: of.playbook,
      acknowledgeWithin: { seconds: BigInt(of.hours * 3600) },
      condition: of.condition,
    }),
  };
}

const micros = (value: number) => BigInt(Math.round(value * 1e6));

function levels(figures: Partial<Record<number, number>>) {
  return Object.entries(figures).map(([level, fire]) => ({
    $typeName: "bellwether.alerts.v1.LevelThreshold" as const,
    level: Number(level) as Level,
    fireMicros: micros(fire ?? 0),
    inclusive: false,
    fireMicrosByTier: {},
  }));
}

function below(value: string, figures: Partial<Record<number, number>>): AlertRule["condition"] {
  return {
    case: "threshold",
    value: {
      $typeName: "bellwether.alerts.v1.Threshold",
      value,
      direction: 2,
      levels: levels(figures),
      minimumConfidenceMicros: 500_000n,
    },
  };
}

function change(
  value: string,
  baseline: string,
  figures: Partial<Record<number, number>>,
): AlertRule["condition"] {
  return {
    case: "percentageChange",
    value: {
      $typeName: "bellwether.alerts.v1.PercentageChange",
      value,
      baseline,
      direction: 2,
      levels: levels(figures),
      absolute: false,
      zeroBaseline: 1,
      missingBaseline: 1,
      minimumBaselineMicros: 0n,
    },
  };
}

export const RULES: MockRule[] = [
  rule({
    id: "R13",
    title: "Health score low",
    titleZh: "健康度偏低",
    levels: [YELLOW, ORANGE, RED],
    valueName: "health.score",
    value: (level) => (level === RED ? 41.3 : level === ORANGE ? 66.2 : 77.2),
    text: (name, value) => ({
      en: `${name}: health score ${value} is below its limit.`,
      zh: `${name}：健康度 ${value}，低于阈值。`,
    }),
    cause: "service",
    playbook:
      "Below 80 the CSM owns a recovery plan. Yellow: executive exchange. Below 70: risk response. Red: dedicated retention team.",
    risk: false,
    hours: 24,
    condition: below("health.score", { [YELLOW]: 80, [ORANGE]: 70, [RED]: 60 }),
  }),
  rule({
    id: "R45",
    title: "Order volume of three months down",
    titleZh: "三个月订单额下降",
    levels: [RED],
    valueName: "orders.value_90d",
    value: () => -0.245,
    text: (name) => ({
      en: `${name}: order volume of three months is down 24.5 % (limit 20 %).`,
      zh: `${name}：三个月订单额下降 24.5 %（阈值 20 %）。`,
    }),
    cause: "price",
    playbook:
      "The sales director leads the retention in person; tailored transition plan within a week.",
    risk: true,
    hours: 4,
    condition: change("orders.value_90d", "orders.value_90d_before", { [RED]: -0.2 }),
  }),
  rule({
    id: "R02",
    title: "Decision chain stands still",
    titleZh: "决策链停滞",
    levels: [YELLOW],
    valueName: "decision_chain.last_moved",
    value: () => 9,
    text: (name) => ({
      en: `${name}: the decision chain has not moved for more than 7 days.`,
      zh: `${name}：决策链已超过 7 天未推进。`,
    }),
    cause: "trust",
    playbook:
      "Contact an open node of the decision chain this week; involve the coach; record the step.",
    risk: false,
    hours: 48,
    condition: {
      case: "absence",
      value: {
        $typeName: "bellwether.alerts.v1.Absence",
        value: "decision_chain.last_moved",
        longerThan: { $typeName: "google.protobuf.Duration", seconds: 604_800n, nanos: 0 },
        level: YELLOW,
        fromFirstSight: false,
      },
    },
  }),
  rule({
    id: "R35",
    title: "Competitor in contact",
    titleZh: "竞争对手频繁接触",
    levels: [ORANGE],
    valueName: "competitors.contacts_14d",
    value: () => 4,
    text: (name, value) => ({
      en: `${name}: ${value} competitor contacts in 14 days (limit 3).`,
      zh: `${name}：14 天内竞争对手接触 ${value} 次（阈值 3 次）。`,
    }),
    cause: "strategy",
    playbook: "Ask the coach what was offered; bring the solution expert to the next meeting.",
    risk: true,
    hours: 24,
    condition: below("competitors.contacts_14d", { [ORANGE]: 3 }),
  }),
  rule({
    id: "R39",
    title: "Buying less often",
    titleZh: "采购频次下降",
    levels: [YELLOW],
    valueName: "orders.count_change_90d",
    value: () => -0.17,
    text: (name) => ({
      en: `${name}: buying 17 % less often than in the 90 days before (limit 15 %).`,
      zh: `${name}：采购频次较前 90 天下降 17 %（阈值 15 %）。`,
    }),
    cause: "price",
    playbook: "Ask what is bought elsewhere; offer the tier that fits.",
    risk: true,
    hours: 48,
    condition: change("orders.count_90d", "orders.count_90d_before", { [YELLOW]: -0.15 }),
  }),
  rule({
    id: "R49",
    title: "Slow responses of the system",
    titleZh: "系统响应缓慢",
    levels: [ORANGE],
    valueName: "cases.response_hours_90d",
    value: () => 3.7,
    text: (name) => ({
      en: `${name}: first response 3 h 40 min, the package allows 2 h.`,
      zh: `${name}：首次响应 3 小时 40 分，服务包为 2 小时。`,
    }),
    cause: "service",
    playbook: "Route the account's cases to the fast lane until the mean is back under 2 h.",
    risk: false,
    hours: 4,
    condition: below("cases.response_hours_90d", { [ORANGE]: 2 }),
  }),
];
