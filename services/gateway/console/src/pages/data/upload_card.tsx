// Where an import of tables begins, and uploads that were begun before.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { describeError } from "../../api/errors.ts";
import { imports } from "../../api/imports.ts";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import type { Upload } from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Part } from "../../shared/ui/part.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./data.module.css";
import { DropZone } from "./drop_zone.tsx";
import { uploadId, uploadsQuery } from "./queries.ts";
import { useChangesRefused } from "./refused.ts";
import type { DataSearch } from "./route.ts";
import { send } from "./uploader.ts";

const NAMES_SHOWN = 3;
const DISPLAY_NAME_MOST = 200;

export function UploadCard({ change }: { change: (part: Partial<DataSearch>) => void }) {
  const t = useText();
  const queries = useQueryClient();
  const refused = useChangesRefused();
  const uploads = useQuery(uploadsQuery);
  const begin = useMutation({
    mutationFn: async (files: File[]) => {
      const names = files.slice(0, NAMES_SHOWN).map((file) => file.name);
      const more = files.length > NAMES_SHOWN ? " …" : "";
      const { name } = await imports.createUpload({
        requestId: crypto.randomUUID(),
        displayName: (names.join(", ") + more).slice(0, DISPLAY_NAME_MOST),
      });
      const said = () => void queries.invalidateQueries({ queryKey: ["upload", name] });
      for (const file of files) send(name, file, said);
      return name;
    },
    onSuccess: (name) => change({ upload: uploadId(name) }),
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  return (
    <Part title={t("upload.title")} query={uploads} rows={3}>
      {({ uploads: all }) => (
        <>
          <DropZone take={(files) => begin.mutate(files)} refused={refused} />
          {all.length > 0 && (
            <ul className={styles.uploads} aria-label={t("upload.begun")}>
              {all.map((upload) => (
                <UploadLine key={upload.name} upload={upload} />
              ))}
            </ul>
          )}
        </>
      )}
    </Part>
  );
}

function UploadLine({ upload }: { upload: Upload }) {
  const t = useText();
  const format = useFormat();
  const queries = useQueryClient();
  const refused = useChangesRefused();
  const remove = useMutation({
    mutationFn: () => imports.deleteUpload({ name: upload.name }),
    onSettled: () => queries.invalidateQueries({ queryKey: uploadsQuery.queryKey }),
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  const name = upload.displayName || uploadId(upload.name);
  return (
    <li>
      <Link className="link" to={addresses.upload(uploadId(upload.name))}>
        {name}
      </Link>
      <span className="muted">
        {[
          t("upload.files", { count: upload.files.length }),
          upload.principal,
          upload.createTime && format.instant(timestampMs(upload.createTime)),
          upload.expireTime &&
            t("upload.until", { until: format.instant(timestampMs(upload.expireTime)) }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <Button
        kind="quiet"
        label={t("upload.delete", { name })}
        disabledBecause={refused}
        onPress={() => remove.mutate()}
      >
        ×
      </Button>
    </li>
  );
}
