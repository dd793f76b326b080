import { Code, ConnectError } from "@connectrpc/connect";
import { useQueryClient } from "@tanstack/react-query";
import { opportunities } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import type { Opportunity } from "../../gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import { stageName } from "../../shared/stages.ts";
import { useText } from "../../shared/texts.ts";
import { toast } from "../../shared/ui/toasts.tsx";
import { dealId } from "./deals.ts";

export type Act = (deal: Opportunity) => Promise<Opportunity>;

// It has changed since it was read: the caller shows in what.
export const isConflict = (error: unknown) => ConnectError.from(error).code === Code.Aborted;

export const advanceTo =
  (stage: string): Act =>
  (deal) =>
    opportunities.advanceOpportunity({
      name: deal.name,
      stage,
      etag: deal.etag,
      requestId: crypto.randomUUID(),
    });

export const win: Act = (deal) =>
  opportunities.winOpportunity({
    name: deal.name,
    etag: deal.etag,
    requestId: crypto.randomUUID(),
    ...(deal.amount ? { amount: deal.amount } : {}),
  });

export const lose =
  (lossReason: string): Act =>
  (deal) =>
    opportunities.loseOpportunity({
      name: deal.name,
      lossReason,
      etag: deal.etag,
      requestId: crypto.randomUUID(),
    });

// A drop: what is refused is said, and the board shows what is true.
export function useAdvance(): (deal: Opportunity, stage: string) => void {
  const t = useText();
  const queries = useQueryClient();
  return async (deal, stage) => {
    const what = deal.title || dealId(deal.name);
    try {
      await advanceTo(stage)(deal);
      toast({ kind: "done", text: t("pipeline.moved", { what, stage: stageName(stage, t) }) });
    } catch (error) {
      const { message, rule } = describeError(error);
      toast({ kind: "failed", text: `${what}: ${[message, rule].filter(Boolean).join(" · ")}` });
    }
    await queries.invalidateQueries({ queryKey: ["opportunities"] });
  };
}
