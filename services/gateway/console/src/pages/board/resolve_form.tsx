import { useState } from "react";
import { type TextId, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Field, keepComposition } from "../../shared/ui/field.tsx";
import styles from "./board.module.css";

const REASONS = ["HANDLED", "FALSE_ALARM", "DUPLICATE", "ACCEPTED_RISK"] as const;

export function ResolveForm({
  onResolve,
  onCancel,
}: {
  onResolve: (reason: string, note: string) => void;
  onCancel: () => void;
}) {
  const t = useText();
  const [reason, setReason] = useState<string>(REASONS[0]);
  const [note, setNote] = useState("");
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onResolve(reason, note);
      }}
    >
      <Field label={t("board.resolveReason")}>
        <select value={reason} onChange={(event) => setReason(event.target.value)}>
          {REASONS.map((each) => (
            <option key={each} value={each}>
              {t(`resolve.${each}` as TextId)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t("board.note")}>
        <input
          value={note}
          onChange={(event) => setNote(event.target.value)}
          onKeyDown={keepComposition}
          maxLength={512}
        />
      </Field>
      <div className={styles.actions}>
        <Button kind="main" type="submit">
          {t("board.resolve")}
        </Button>
        <Button kind="quiet" onPress={onCancel}>
          {t("ui.cancel")}
        </Button>
      </div>
    </form>
  );
}
