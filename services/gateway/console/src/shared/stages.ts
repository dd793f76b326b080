// The stages of the shipped process (O1), in order; a deployment's own are shown by their ids.
import type { TextId, Translate } from "./texts.ts";

export const STAGES = [
  "lead",
  "needs-diagnosis",
  "solution",
  "negotiation-contract",
  "delivery-acceptance",
  "operation-renewal",
] as const;

export function stageName(stage: string, t: Translate): string {
  return (STAGES as readonly string[]).includes(stage) ? t(`stage.${stage}` as TextId) : stage;
}

// Of those that are shipped and those that occur.
export function stageOrder(occurring: Iterable<string>): string[] {
  return [...new Set<string>([...STAGES, ...occurring])].filter((stage) => stage !== "");
}

export const LOSS_REASONS = [
  "price",
  "competitor",
  "no-budget",
  "no-need",
  "solution-fit",
  "relationship",
  "timing",
  "other",
] as const;
