import type { ReactNode } from "react";
import { describeError } from "../../api/errors.ts";
import { useText } from "../texts.ts";
import { Button } from "./button.tsx";
import styles from "./states.module.css";

export function Empty({
  title,
  note,
  children,
}: {
  title: string;
  note?: string;
  children?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <p className={styles.title}>{title}</p>
      {note && <p className={styles.note}>{note}</p>}
      {children}
    </div>
  );
}

// Grey lines where figures will stand: nothing jumps when they come.
export function Loading({ rows = 4 }: { rows?: number }) {
  const t = useText();
  return (
    <div className={styles.loading} role="status" aria-label={t("ui.loading")}>
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} />
      ))}
    </div>
  );
}

// A part that failed, named, with the reason and a way to ask again.
export function Failed({
  what,
  error,
  again,
}: {
  what: string;
  error: unknown;
  again?: () => void;
}) {
  const t = useText();
  const { message, reason, rule } = describeError(error);
  return (
    <div className={styles.failed} role="alert">
      <p>
        <b>{t("ui.failed", { what: what || t("ui.part") })}</b>
      </p>
      <p className="muted">{[message, reason, rule].filter(Boolean).join(" · ")}</p>
      {again && <Button onPress={again}>{t("ui.again")}</Button>}
    </div>
  );
}
