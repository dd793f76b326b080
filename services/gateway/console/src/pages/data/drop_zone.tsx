import { type DragEvent, useRef, useState } from "react";
import { useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import styles from "./data.module.css";

const ACCEPTED = ".csv,.tsv,.txt,.jsonl,.gz,.xlsx";

// Files come by dragging them here or by choosing them, several at once.
export function DropZone({
  take,
  refused,
  small,
}: {
  take: (files: File[]) => void;
  refused: string | undefined;
  small?: boolean;
}) {
  const t = useText();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent) => {
    event.preventDefault();
    setOver(refused === undefined && event.type !== "dragleave");
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button within does the same by keyboard
    <div
      className={`${styles.drop} ${over ? styles.over : ""} ${small ? styles.small : ""}`}
      onDragEnter={drag}
      onDragOver={drag}
      onDragLeave={drag}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const dropped = [...event.dataTransfer.files];
        if (refused === undefined && dropped.length > 0) take(dropped);
      }}
    >
      <p>{t(small ? "upload.dropMore" : "upload.drop")}</p>
      <Button
        kind={small ? "plain" : "main"}
        disabledBecause={refused}
        onPress={() => input.current?.click()}
      >
        {t("upload.choose")}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPTED}
        aria-label={t("upload.choose")}
        onChange={(event) => {
          const chosen = [...(event.target.files ?? [])];
          event.target.value = "";
          if (chosen.length > 0) take(chosen);
        }}
      />
      <p className="muted">{t("upload.accepted")}</p>
    </div>
  );
}
