import type { ReactNode } from "react";
import { ConnectionBadge } from "./badge.tsx";
import { Find } from "./find.tsx";
import styles from "./page_header.module.css";

export function PageHeader({
  title,
  actions,
  children,
}: {
  title: ReactNode;
  // At the right, before the field that finds.
  actions?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className={styles.header}>
      <h1>{title}</h1>
      <ConnectionBadge />
      {children}
      <span className={styles.grow} />
      {actions}
      <Find />
    </header>
  );
}
