import { type Cause, CauseKind } from "../../gen/proto/bellwether/events/v1/signal_pb.js";
import type { Translate } from "../texts.ts";

// What caused a change, in words; of a fact its kind and where it comes from.
export function causeText(cause: Cause, t: Translate): string {
  switch (cause.kind) {
    case CauseKind.FACT:
      return `${cause.type} · ${cause.source} ${cause.id}`;
    case CauseKind.DAY_CLOSED:
      return t("cause.dayClosed");
    case CauseKind.ACCOUNT_CHANGED:
      return t("cause.accountChanged");
    case CauseKind.OPPORTUNITY_CHANGED:
      return t("cause.opportunityChanged");
    case CauseKind.MODEL_ACTIVATED:
      return t("cause.modelActivated");
    case CauseKind.SUBJECT_CHANGED:
      return t("cause.subjectChanged", { type: cause.type });
    case CauseKind.IMPORT_RUN_WITHDRAWN:
      return t("cause.importWithdrawn", { run: cause.id });
    default:
      return cause.type;
  }
}
