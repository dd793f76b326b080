// The files of an upload: how much of each is there, and what to do with one that stopped.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { describeError } from "../../api/errors.ts";
import { imports } from "../../api/imports.ts";
import type { Upload } from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { useStore } from "../../shared/store.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Card } from "../../shared/ui/part.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./data.module.css";
import { DropZone } from "./drop_zone.tsx";
import { useChangesRefused } from "./refused.ts";
import {
  forget,
  resume,
  send,
  type Transfer,
  transferKey,
  transfers,
  whyBroken,
} from "./uploader.ts";

interface ShownFile {
  fileName: string;
  bytes: number;
  // Unknown where this tab does not send it.
  size: number | undefined;
  complete: boolean;
  transfer: Transfer | undefined;
}

export function FilesCard({ upload }: { upload: Upload }) {
  const t = useText();
  const queries = useQueryClient();
  const refused = useChangesRefused();
  const known = useStore(transfers);
  const said = () => void queries.invalidateQueries({ queryKey: ["upload", upload.name] });
  return (
    <Card title={t("upload.filesTitle")}>
      <ul className={styles.files}>
        {filesOf(upload, known).map((file) => (
          <FileLine key={file.fileName} upload={upload.name} file={file} said={said} />
        ))}
      </ul>
      <DropZone
        small
        refused={refused}
        take={(files) => {
          for (const file of files) send(upload.name, file, said);
        }}
      />
    </Card>
  );
}

function filesOf(upload: Upload, known: ReadonlyMap<string, Transfer>): ShownFile[] {
  const shown = new Map<string, ShownFile>();
  for (const { fileName, bytes, complete } of upload.files) {
    const transfer = known.get(transferKey(upload.name, fileName));
    shown.set(fileName, { fileName, bytes: Number(bytes), size: undefined, complete, transfer });
  }
  for (const transfer of known.values()) {
    if (transfer.upload !== upload.name) continue;
    const there = shown.get(transfer.fileName);
    shown.set(transfer.fileName, {
      fileName: transfer.fileName,
      bytes: Math.max(there?.bytes ?? 0, transfer.sent),
      size: transfer.size,
      complete: there?.complete ?? transfer.state === "done",
      transfer,
    });
  }
  return [...shown.values()].sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
}

function FileLine({ upload, file, said }: { upload: string; file: ShownFile; said: () => void }) {
  const t = useText();
  const format = useFormat();
  const refused = useChangesRefused();
  const { fileName, bytes, size, complete, transfer } = file;
  const remove = useMutation({
    mutationFn: () => imports.deleteUploadFile({ name: upload, fileName }),
    onSuccess: () => {
      forget(upload, fileName);
      said();
    },
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  const broken = transfer?.state === "broken";
  return (
    <li>
      <b>{fileName}</b>
      <span className="muted">
        {size === undefined || complete
          ? format.bytes(bytes)
          : t("upload.ofBytes", { sent: format.bytes(bytes), size: format.bytes(size) })}
      </span>
      {complete ? (
        <Tag tone="green">{t("upload.complete")}</Tag>
      ) : broken ? (
        <Tag tone="red">{t("upload.broken")}</Tag>
      ) : transfer ? (
        <progress
          value={size ? bytes : undefined}
          max={size || 1}
          aria-label={t("upload.progress", { file: fileName })}
        />
      ) : (
        <Tag tone="yellow">{t("upload.partly")}</Tag>
      )}
      {broken && (
        <Button disabledBecause={refused} onPress={() => resume(upload, fileName, said)}>
          {t("upload.resume")}
        </Button>
      )}
      <Button
        kind="quiet"
        label={t("upload.remove", { file: fileName })}
        disabledBecause={refused}
        onPress={() => remove.mutate()}
      >
        ×
      </Button>
      {broken && (
        <p className={styles.why} role="alert" lang="en">
          {whyBroken(transfer.error)}
        </p>
      )}
      {!complete && !transfer && <p className="muted">{t("upload.partlyNote")}</p>}
    </li>
  );
}
