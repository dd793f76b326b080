// Short words about what was done, one above the other; with a way back while there is one.
import { useEffect, useState } from "react";
import { Store, useStore } from "../store.ts";
import { useText } from "../texts.ts";
import { Button } from "./button.tsx";
import styles from "./toasts.module.css";

export interface Toast {
  id: number;
  text: string;
  kind: "done" | "failed";
  // More lines: what failed, one by one.
  details?: string[];
  undo?: () => void;
  // Until when by this machine's clock; a failure stays until it is closed.
  until: number;
}

export const UNDO_MS = 10_000;
const DONE_MS = 5_000;

const toasts = new Store<Toast[]>([]);
let nextId = 1;

export function toast(of: Omit<Toast, "id" | "until">): void {
  const ms = of.kind === "failed" ? Number.POSITIVE_INFINITY : of.undo ? UNDO_MS : DONE_MS;
  toasts.set([...toasts.get().slice(-3), { ...of, id: nextId++, until: Date.now() + ms }]);
}

export function closeToast(id: number): void {
  toasts.set(toasts.get().filter((each) => each.id !== id));
}

// The newest thing that can be taken back, for the key.
export function undoLatest(): boolean {
  const latest = toasts.get().findLast((each) => each.undo);
  if (!latest?.undo) return false;
  closeToast(latest.id);
  latest.undo();
  return true;
}

export function Toasts() {
  const all = useStore(toasts);
  return (
    <div className={styles.toasts} role="status" aria-live="polite">
      {all.map((each) => (
        <ToastLine key={each.id} toast={each} />
      ))}
    </div>
  );
}

function ToastLine({ toast: of }: { toast: Toast }) {
  const t = useText();
  const [left, setLeft] = useState(() => secondsLeft(of));
  useEffect(() => {
    const timer = setInterval(() => {
      if (Date.now() >= of.until) closeToast(of.id);
      else setLeft(secondsLeft(of));
    }, 250);
    return () => clearInterval(timer);
  }, [of]);
  return (
    <div className={`${styles.toast} ${styles[of.kind]}`}>
      <div>
        <p>{of.text}</p>
        {of.details?.map((line) => (
          <p className={styles.detail} key={line}>
            {line}
          </p>
        ))}
      </div>
      {of.undo && (
        <Button
          kind="quiet"
          shortcut="u"
          onPress={() => {
            closeToast(of.id);
            of.undo?.();
          }}
        >
          {t("ui.undo", { seconds: left })}
        </Button>
      )}
      <Button kind="quiet" label={t("ui.close")} onPress={() => closeToast(of.id)}>
        ×
      </Button>
    </div>
  );
}

const secondsLeft = (of: Toast) => Math.max(0, Math.ceil((of.until - Date.now()) / 1000));
