import { type KeyboardEvent, type ReactNode, useId } from "react";
import styles from "./field.module.css";

// A label, what is filled in, and what is wrong with it, at the field itself.
export function Field({
  label,
  note,
  error,
  children,
}: {
  label: string;
  note?: string;
  error?: string | undefined;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <div className={styles.field}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is the child */}
      <label>
        <span>{label}</span>
        {children}
      </label>
      {error ? (
        <p className={styles.error} role="alert" id={id}>
          {error}
        </p>
      ) : (
        note && <p className="muted">{note}</p>
      )}
    </div>
  );
}

// Enter that ends the composition of a Chinese word is no Enter to the form, nor is Escape.
export function keepComposition(event: KeyboardEvent): void {
  if (!event.nativeEvent.isComposing && event.keyCode !== 229) return;
  if (event.key === "Enter" || event.key === "Escape" || event.key === "Process") {
    event.preventDefault();
    event.stopPropagation();
  }
}
