import { useActionsRefused } from "../../app/badge.tsx";
import { useSettings } from "../../shared/settings.ts";
import { useText } from "../../shared/texts.ts";

// Why nothing can be changed now; undefined while it can.
export function useChangesRefused(): string | undefined {
  const t = useText();
  const notLive = useActionsRefused();
  const { principal } = useSettings();
  return notLive ?? (principal === "" ? t("board.whoFirst") : undefined);
}
