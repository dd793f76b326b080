// A table of a few rows, all of them drawn. It scrolls within its card where it is too wide or long.
import type { ReactNode } from "react";
import styles from "./plain_table.module.css";

export function PlainTable({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <div className={styles.scroll} tabIndex={0}>
      <table className={styles.table} aria-label={label}>
        {children}
      </table>
    </div>
  );
}
