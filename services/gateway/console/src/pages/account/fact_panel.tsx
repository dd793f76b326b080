// What became of a fact: whether it counts, and since when it is in the journal.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { Outcome } from "../../gen/proto/bellwether/health/v1/health_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Drawer } from "../../shared/ui/drawer.tsx";
import { Loaded } from "../../shared/ui/part.tsx";
import styles from "./account.module.css";
import { factQuery } from "./queries.ts";

export function FactPanel({
  accountId,
  fact,
  close,
}: {
  accountId: string;
  fact: string;
  close: () => void;
}) {
  const t = useText();
  const format = useFormat();
  const at = fact.indexOf("|");
  const source = fact.slice(0, at);
  const id = fact.slice(at + 1);
  const query = useQuery(factQuery(accountId, source, id));
  return (
    <Drawer title={t("fact.title")} close={close}>
      <dl className={styles.facts}>
        <dt>{t("fact.source")}</dt>
        <dd>{source}</dd>
        <dt>{t("fact.id")}</dt>
        <dd>{id}</dd>
      </dl>
      <Loaded what={t("fact.outcome")} query={query} rows={2}>
        {(data) => (
          <dl className={styles.facts}>
            <dt>{t("fact.outcome")}</dt>
            <dd>{t(`fact.outcome.${Outcome[data.outcome]}` as TextId)}</dd>
            <dt>{t("fact.recorded")}</dt>
            <dd>{data.recordedTime ? format.instant(timestampMs(data.recordedTime)) : NONE}</dd>
            {data.retractedBy && (
              <>
                <dt>{t("fact.retractedBy")}</dt>
                <dd>
                  {data.retractedBy.source} {data.retractedBy.id}
                </dd>
              </>
            )}
          </dl>
        )}
      </Loaded>
    </Drawer>
  );
}
