import type { ReactNode } from "react";
import styles from "./tag.module.css";

export function Tag({
  tone = "plain",
  children,
  title,
}: {
  tone?: "plain" | "accent" | "red" | "orange" | "yellow" | "green";
  children: ReactNode;
  title?: string;
}) {
  return (
    <span className={`${styles.tag} ${styles[tone]}`} title={title}>
      {children}
    </span>
  );
}
