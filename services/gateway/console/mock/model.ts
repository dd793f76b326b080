import { create } from "@bufbuild/protobuf";
import {
  HealthModelSchema,
  MetricCatalogueSchema,
  MetricFormula,
  MetricUnit,
} from "../src/gen/proto/bellwether/health/v1/model_pb.js";

export const METRICS = [
  ["usage.active_days_28d", "usage-activity", MetricUnit.DAYS, "Days in use", "活跃天数", 28],
  [
    "usage.active_users_change_28d",
    "usage-activity",
    MetricUnit.RATIO,
    "Usage trend",
    "使用趋势",
    28,
  ],
  ["usage.seat_share_28d", "usage-activity", MetricUnit.RATIO, "Seats in use", "席位使用率", 28],
  ["value.roi", "business-value", MetricUnit.RATIO, "Measured ROI", "实测投资回报", 365],
  ["value.efficiency_gain", "business-value", MetricUnit.RATIO, "Efficiency gain", "效率提升", 365],
  [
    "interactions.days_since_last_365d",
    "relationship",
    MetricUnit.DAYS,
    "Days since last contact",
    "距上次接触",
    365,
  ],
  ["survey.csat_90d", "relationship", MetricUnit.POINTS, "Satisfaction", "满意度", 90],
  ["cases.resolution_hours_90d", "relationship", MetricUnit.HOURS, "Resolution", "解决时长", 90],
  [
    "orders.value_change_90d",
    "business-growth",
    MetricUnit.RATIO,
    "Change of order value",
    "订单额变化",
    90,
  ],
  [
    "orders.count_change_90d",
    "business-growth",
    MetricUnit.RATIO,
    "Change of purchase frequency",
    "采购频次变化",
    90,
  ],
  [
    "cooperation.joint_projects",
    "strategic-fit",
    MetricUnit.COUNT,
    "Joint projects",
    "联合项目",
    0,
  ],
  [
    "competitors.intensity_30d",
    "cooperation-risk",
    MetricUnit.COUNT,
    "Competition intensity",
    "竞争强度",
    30,
  ],
  ["cases.urgent_30d", "cooperation-risk", MetricUnit.COUNT, "Urgent cases opened", "紧急工单", 30],
] as const;

export const DIMENSIONS = [
  ["usage-activity", "Usage activity", "使用活跃", 0.2],
  ["business-value", "Business value", "业务价值", 0.2],
  ["relationship", "Relationship", "关系维护", 0.2],
  ["business-growth", "Business growth", "业务增长", 0.15],
  ["strategic-fit", "Strategic fit", "战略契合", 0.1],
  ["cooperation-risk", "Cooperation risk", "合作风险", 0.15],
] as const;

export const CATALOGUE = create(MetricCatalogueSchema, {
  version: "2026-11-21",
  restateDays: 35,
  metrics: METRICS.map(([name, , unit, title, titleZh, windowDays]) => ({
    name,
    unit,
    title,
    titleZh,
    windowDays,
    formula: MetricFormula.SUM,
    series: name.split(".")[0]!,
    meaning: `${title} over the window, from facts of ${name.split(".")[0]}.`,
  })),
});

export const MODEL = create(HealthModelSchema, {
  modelId: "six-dimension",
  version: "2026-11-21",
  minimumConfidenceMicros: 500_000n,
  dimensions: DIMENSIONS.map(([dimensionId, title, titleZh, weight]) => {
    const own = METRICS.filter(([, dimension]) => dimension === dimensionId);
    return {
      dimensionId,
      title,
      titleZh,
      weightMicros: BigInt(weight * 1e6),
      metrics: own.map(([metric]) => ({
        metric,
        weightMicros: BigInt(Math.round(1e6 / own.length)),
        curve: [
          { atMicros: 0n, pointsMicros: 0n },
          { atMicros: 10_000_000n, pointsMicros: 60_000_000n },
          { atMicros: 20_000_000n, pointsMicros: 100_000_000n },
        ],
      })),
    };
  }),
  bands: [
    { bandId: "healthy", fromPointsMicros: 80_000_000n, title: "Healthy", titleZh: "健康" },
    { bandId: "watch", fromPointsMicros: 60_000_000n, title: "Watch", titleZh: "关注" },
    { bandId: "at-risk", fromPointsMicros: 0n, title: "At risk", titleZh: "风险" },
  ],
  feeds: ["case_opened"],
});
