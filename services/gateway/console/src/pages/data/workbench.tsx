// From uploaded tables to an import: what they look like, the mapping, what it makes of the first
// rows, and then the check or the run.
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "../../api/errors.ts";
import { imports } from "../../api/imports.ts";
import {
  type PreviewMappingResponse,
  TableImportMode,
  type Upload,
} from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Card, Loaded } from "../../shared/ui/part.tsx";
import { Failed } from "../../shared/ui/states.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./data.module.css";
import { useDelayed, useDraft } from "./draft.ts";
import { FilesCard } from "./files_card.tsx";
import { GuessCard } from "./guess_card.tsx";
import { MappingCard } from "./mapping_card.tsx";
import { PreviewRows } from "./preview_rows.tsx";
import { guessQuery, importId, previewQuery, uploadName, uploadQuery } from "./queries.ts";
import { useChangesRefused } from "./refused.ts";
import type { DataSearch } from "./route.ts";

const TYPING_MS = 600;

export function Workbench({
  id,
  change,
}: {
  id: string;
  change: (part: Partial<DataSearch>) => void;
}) {
  const t = useText();
  const upload = useQuery(uploadQuery(uploadName(id)));
  return (
    <Loaded what={t("upload.title")} query={upload} rows={6}>
      {(data) => (
        <>
          <h2 className={styles.name}>{data.displayName || id}</h2>
          <FilesCard upload={data} />
          {data.files.some((file) => file.complete) && <Mapping upload={data} change={change} />}
        </>
      )}
    </Loaded>
  );
}

// Which files are there, as part of what is asked: another file is another guess.
const filesKey = (upload: Upload) =>
  upload.files
    .filter((file) => file.complete)
    .map((file) => `${file.fileName}:${file.bytes}`)
    .join("/");

function Mapping({
  upload,
  change,
}: {
  upload: Upload;
  change: (part: Partial<DataSearch>) => void;
}) {
  const t = useText();
  const files = filesKey(upload);
  const [reading, setReading] = useState({ timeZone: "", currency: "" });
  const guess = useQuery(guessQuery(upload.name, files, reading.timeZone, reading.currency));
  const [draft, setDraft] = useDraft(upload.name);
  const text = draft ?? guess.data?.mappingText ?? "";
  const asked = useDelayed(text, TYPING_MS);
  const preview = useQuery(previewQuery(upload.name, files, asked));
  return (
    <>
      <GuessCard guess={guess} reading={reading} setReading={setReading} />
      <MappingCard
        text={text}
        setText={setDraft}
        proposal={guess.data?.mappingText}
        faults={preview.data?.mappingFaults ?? []}
      />
      <Card
        title={t("preview.title")}
        aside={preview.isFetching ? t("preview.asking") : t("preview.note")}
      >
        {preview.isError && (
          <Failed
            what={t("preview.title")}
            error={preview.error}
            again={() => void preview.refetch()}
          />
        )}
        {preview.data && <Preview data={preview.data} />}
      </Card>
      <Start upload={upload} text={text} preview={preview.data} change={change} />
    </>
  );
}

function Preview({ data }: { data: PreviewMappingResponse }) {
  const t = useText();
  if (data.mappingFaults.length > 0)
    return <p>{t("preview.faults", { count: data.mappingFaults.length })}</p>;
  if (data.error)
    return (
      <p className={styles.why} role="alert" lang="en">
        {[data.error.message, data.error.reason, data.error.field].filter(Boolean).join(" · ")}
      </p>
    );
  return <PreviewRows rows={data.rows} />;
}

function Start({
  upload,
  text,
  preview,
  change,
}: {
  upload: Upload;
  text: string;
  preview: PreviewMappingResponse | undefined;
  change: (part: Partial<DataSearch>) => void;
}) {
  const t = useText();
  const notNow = useChangesRefused();
  const [shift, setShift] = useState(false);
  const start = useMutation({
    mutationFn: (mode: TableImportMode) =>
      imports.startTableImport({
        requestId: crypto.randomUUID(),
        upload: upload.name,
        mapping: { case: "mappingText", value: text },
        mode,
        shiftToNow: shift,
      }),
    onSuccess: ({ name }) => change({ upload: undefined, import: importId(name) }),
    onError: (error) => {
      const { message, reason } = describeError(error);
      toast({ kind: "failed", text: [message, reason].filter(Boolean).join(" · ") });
    },
  });
  const refused =
    notNow ??
    (upload.files.some((file) => !file.complete)
      ? t("start.incomplete")
      : text.trim() === "" || (preview?.mappingFaults.length ?? 0) > 0
        ? t("start.noMapping")
        : start.isPending
          ? t("start.pending")
          : undefined);
  return (
    <Card title={t("start.title")}>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={shift}
          onChange={(event) => setShift(event.target.checked)}
        />
        {t("start.shift")}
      </label>
      <div className={styles.actions}>
        <Button
          kind="main"
          disabledBecause={refused}
          onPress={() => start.mutate(TableImportMode.CHECK)}
        >
          {t("start.check")}
        </Button>
        <Button disabledBecause={refused} onPress={() => start.mutate(TableImportMode.RUN)}>
          {t("start.run")}
        </Button>
      </div>
      <p className="muted">{refused ?? t("start.note")}</p>
    </Card>
  );
}
