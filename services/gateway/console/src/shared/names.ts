// Words for what the services name by ids.
import { SubjectType } from "../gen/proto/bellwether/events/v1/subject_pb.js";
import type { TextId, Translate } from "./texts.ts";

export const TIERS = [
  "strategic-partner",
  "core",
  "development",
  "potential",
  "maintenance",
] as const;

export function tierName(tier: string, t: Translate): string {
  if (tier === "") return t("tier.none");
  return (TIERS as readonly string[]).includes(tier) ? t(`tier.${tier}` as TextId) : tier;
}

const ROLES = [
  "account-manager",
  "sales-director",
  "customer-success-director",
  "executive-team",
  "chief-executive",
];

export function roleName(role: string, t: Translate): string {
  return ROLES.includes(role) ? t(`role.${role}` as TextId) : role;
}

const SERVICES = ["gateway", "accounts", "opportunities", "health", "alerts"];

export function serviceName(service: string, t: Translate): string {
  return SERVICES.includes(service) ? t(`service.${service}` as TextId) : service;
}

// What a rule says an alert comes from.
const RULE_CAUSES = ["price", "service", "strategy", "trust"];

export function ruleCauseName(cause: string, t: Translate): string {
  return RULE_CAUSES.includes(cause) ? t(`ruleCause.${cause}` as TextId) : cause;
}

export function subjectName(type: SubjectType, t: Translate): string {
  return t(`subject.${(SubjectType[type] ?? "UNSPECIFIED").toLowerCase()}` as TextId);
}
