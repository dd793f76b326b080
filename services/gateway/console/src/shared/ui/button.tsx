import type { ReactNode } from "react";
import styles from "./button.module.css";

// A button that says why it cannot be used: it stays focusable, so that the reason can be read.
export function Button({
  kind = "plain",
  shortcut,
  disabledBecause,
  onPress,
  children,
  type = "button",
  label,
  pressed,
  className,
}: {
  kind?: "plain" | "main" | "quiet" | "danger";
  shortcut?: string;
  disabledBecause?: string | undefined;
  onPress?: () => void;
  children: ReactNode;
  type?: "button" | "submit";
  label?: string;
  pressed?: boolean;
  className?: string;
}) {
  const disabled = disabledBecause !== undefined;
  return (
    <button
      type={type}
      className={[styles.button, styles[kind], className].filter(Boolean).join(" ")}
      aria-disabled={disabled || undefined}
      aria-label={label}
      aria-pressed={pressed}
      title={disabledBecause ?? label}
      onClick={(event) => {
        if (disabled) event.preventDefault();
        else onPress?.();
      }}
    >
      {children}
      {shortcut && <kbd aria-hidden="true">{shortcut}</kbd>}
    </button>
  );
}
