// What people do with alerts. The list changes when the watch says so, in every browser alike; here
// is only said what came of the call.
import { useMemo } from "react";
import { alerts } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import { useActionsRefused } from "../../app/badge.tsx";
import type { Alert } from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import { openAlerts } from "../../live/live.ts";
import { useSettings } from "../../shared/settings.ts";
import { type Translate, useText } from "../../shared/texts.ts";
import { toast } from "../../shared/ui/toasts.tsx";

const BATCH_MOST = 200;

export interface BoardCommands {
  // Why nothing can be done now; undefined while it can.
  refused: string | undefined;
  acknowledge(alert: Alert): void;
  acknowledgeAll(chosen: readonly Alert[]): Promise<void>;
  resolve(alert: Alert, reason: string, note: string): Promise<void>;
}

export function useBoardCommands(): BoardCommands {
  const t = useText();
  const notLive = useActionsRefused();
  const { principal } = useSettings();
  const refused = notLive ?? (principal === "" ? t("board.whoFirst") : undefined);
  return useMemo(() => {
    const guarded = (act: () => Promise<void>) => {
      if (refused === undefined) return act();
      toast({ kind: "failed", text: refused });
      return Promise.resolve();
    };
    return {
      refused,
      acknowledge: (alert) => void guarded(() => acknowledge(alert, t)),
      acknowledgeAll: (chosen) => guarded(() => acknowledgeAll(chosen, t)),
      resolve: (alert, reason, note) => guarded(() => resolve(alert, reason, note, t)),
    };
  }, [refused, t]);
}

async function acknowledge(alert: Alert, t: Translate): Promise<void> {
  const what = alert.subjectDisplayName;
  try {
    const { name } = await alerts.acknowledgeAlert({
      name: alert.name,
      requestId: crypto.randomUUID(),
    });
    toast({
      kind: "done",
      text: t("board.acknowledged", { what }),
      undo: () => void unacknowledge(name, what, t),
    });
  } catch (error) {
    toast({ kind: "failed", text: why(error, alert.name, what, t) });
  }
}

async function unacknowledge(name: string, what: string, t: Translate): Promise<void> {
  try {
    await alerts.unacknowledgeAlert({ name, requestId: crypto.randomUUID() });
    toast({ kind: "done", text: t("board.unacknowledged", { what }) });
  } catch (error) {
    toast({ kind: "failed", text: why(error, name, what, t) });
  }
}

async function acknowledgeAll(chosen: readonly Alert[], t: Translate): Promise<void> {
  const refusals: string[] = [];
  let done = 0;
  for (let from = 0; from < chosen.length; from += BATCH_MOST) {
    const batch = chosen.slice(from, from + BATCH_MOST);
    try {
      const { results } = await alerts.batchAcknowledgeAlerts({
        alerts: batch.map(({ name }) => ({ name })),
        requestId: crypto.randomUUID(),
      });
      for (const { name, alert, refusal } of results) {
        const what =
          alert?.subjectDisplayName ??
          chosen.find((each) => each.name === name)?.subjectDisplayName ??
          name;
        if (!refusal) done++;
        else
          refusals.push(
            `${what}: ${reasonText(refusal.detail?.reason ?? "", alert?.assignee ?? "", refusal.message, t)}`,
          );
      }
    } catch (error) {
      for (const { subjectDisplayName } of batch)
        refusals.push(`${subjectDisplayName}: ${describeError(error).message}`);
    }
  }
  toast({
    kind: refusals.length > 0 ? "failed" : "done",
    text: t("board.bulkDone", { done, failed: refusals.length }),
    details: refusals,
  });
}

async function resolve(alert: Alert, reason: string, note: string, t: Translate): Promise<void> {
  const what = alert.subjectDisplayName;
  try {
    await alerts.resolveAlert({ name: alert.name, reason, note, requestId: crypto.randomUUID() });
    toast({ kind: "done", text: t("board.resolved", { what }) });
  } catch (error) {
    toast({ kind: "failed", text: why(error, alert.name, what, t) });
  }
}

function why(error: unknown, name: string, what: string, t: Translate): string {
  const { reason, message } = describeError(error);
  const holder = openAlerts.get().byName.get(name)?.alert.assignee ?? "";
  return `${what}: ${reasonText(reason, holder, message, t)}`;
}

function reasonText(reason: string, holder: string, message: string, t: Translate): string {
  switch (reason) {
    case "ALREADY_ACKNOWLEDGED":
      return holder ? t("board.already", { who: holder }) : message;
    case "NOT_FIRING":
      return t("board.notFiring");
    case "NOT_ACKNOWLEDGED":
      return t("board.notAcknowledged");
    default:
      return message;
  }
}
