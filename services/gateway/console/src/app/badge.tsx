// Whether what is shown is live, from heartbeats that came, and since when not.
import { useConnection } from "../live/live.ts";
import { useFormat, useText } from "../shared/texts.ts";
import { useTick } from "../shared/tick.ts";
import styles from "./badge.module.css";

export function ConnectionBadge() {
  const t = useText();
  const format = useFormat();
  const { phase, heardAt } = useConnection();
  const now = useTick();
  const ago = format.duration(now - heardAt, true);
  return (
    <span className={`${styles.badge} ${styles[phase]}`} role="status" data-phase={phase}>
      <i aria-hidden="true" />
      {phase === "live"
        ? t("badge.live", { ago })
        : phase === "connecting"
          ? t("badge.connecting")
          : heardAt === 0
            ? t("badge.never")
            : t(`badge.${phase}`, { ago, at: format.clock(heardAt) })}
    </span>
  );
}

// Why nothing can be changed now; undefined while it can.
export function useActionsRefused(): string | undefined {
  const t = useText();
  const { phase } = useConnection();
  return phase === "live" ? undefined : t("badge.refused");
}
