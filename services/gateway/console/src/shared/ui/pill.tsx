import type { ReactNode } from "react";
import styles from "./pill.module.css";

// A choice of a filter with how many rows it shows.
export function Pill({
  on,
  count,
  tone,
  onPress,
  children,
}: {
  on: boolean;
  count?: ReactNode;
  tone?: "red" | "orange" | "yellow" | undefined;
  onPress: () => void;
  children: ReactNode;
}) {
  return (
    <button type="button" className={styles.pill} aria-pressed={on} onClick={onPress}>
      {children}
      {count !== undefined && <b className={tone && styles[tone]}>{count}</b>}
    </button>
  );
}

export function PillRow({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className={styles.row}>
      <legend className="visually-hidden">{label}</legend>
      {children}
    </fieldset>
  );
}

export const Separator = () => <i className={styles.separator} aria-hidden="true" />;
