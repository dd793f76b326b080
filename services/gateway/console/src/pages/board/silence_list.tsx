import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { alerts } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import { useActionsRefused } from "../../app/badge.tsx";
import type { Silence } from "../../gen/proto/bellwether/alerts/v1/silence_pb.js";
import { tierName } from "../../shared/names.ts";
import { type Format, type Translate, useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { levelKey } from "../../shared/ui/level.tsx";
import { Loaded } from "../../shared/ui/part.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./board.module.css";
import { silencesQuery } from "./silences.ts";

export function SilenceList({ close }: { close: () => void }) {
  const t = useText();
  const format = useFormat();
  const queries = useQueryClient();
  const refused = useActionsRefused();
  const query = useQuery(silencesQuery);
  const end = useMutation({
    mutationFn: (silence: Silence) =>
      alerts.endSilence({ name: silence.name, etag: silence.etag, requestId: crypto.randomUUID() }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["silences"] }),
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  return (
    <>
      <div className={styles.close}>
        <Button kind="quiet" label={t("ui.close")} onPress={close}>
          ×
        </Button>
      </div>
      <h2>{t("silence.list")}</h2>
      <Loaded what={t("silence.list")} query={query}>
        {({ silences }) =>
          silences.length === 0 ? (
            <Empty title={t("silence.none")} note={t("silence.noneNote")} />
          ) : (
            <ul className={styles.silenceList}>
              {silences.map((silence) => (
                <li key={silence.name}>
                  <p>
                    <b>{silence.reason}</b>
                  </p>
                  <p className="muted">{criteriaText(silence, t)}</p>
                  <p className="muted">{spanText(silence, t, format)}</p>
                  <div className={styles.actions}>
                    {silence.matchCount === 0n ? (
                      <Tag tone="yellow">{t("silence.matchesNothing")}</Tag>
                    ) : (
                      <Tag>{t("silence.covers", { count: Number(silence.matchCount) })}</Tag>
                    )}
                    <Button
                      kind="quiet"
                      disabledBecause={refused}
                      onPress={() => end.mutate(silence)}
                    >
                      {t("silence.endNow")}
                    </Button>
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

function criteriaText({ matchers }: Silence, t: Translate): string {
  if (!matchers) return "";
  return [
    ...matchers.ruleIds,
    ...matchers.accountIds,
    ...matchers.tiers.map((tier) => tierName(tier, t)),
    ...matchers.assignees,
    matchers.maximumLevel ? `≤ ${t(`level.${levelKey(matchers.maximumLevel)}`)}` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

function spanText(silence: Silence, t: Translate, format: Format): string {
  const until = silence.endTime ? format.instant(timestampMs(silence.endTime)) : "";
  return t("silence.byUntil", { who: silence.author, at: until });
}
