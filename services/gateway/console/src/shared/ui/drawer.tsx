// A panel over the right of the page: it has the focus while it is open and gives it back.
import { type ReactNode, useEffect, useRef } from "react";
import { useText } from "../texts.ts";
import { Button } from "./button.tsx";
import styles from "./drawer.module.css";

export function Drawer({
  title,
  close,
  children,
}: {
  title: string;
  close: () => void;
  children: ReactNode;
}) {
  const t = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.drawer}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div className={styles.inner}>
        <div className={styles.head}>
          <h2>{title}</h2>
          <Button kind="quiet" label={t("ui.close")} onPress={close}>
            ×
          </Button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
