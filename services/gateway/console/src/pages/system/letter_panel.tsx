import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ingest } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import { useActionsRefused } from "../../app/badge.tsx";
import type { DeadLetter } from "../../gen/proto/bellwether/ingest/v1/ingest_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Drawer } from "../../shared/ui/drawer.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./system.module.css";

export function LetterPanel({ letter, close }: { letter: DeadLetter; close: () => void }) {
  const t = useText();
  const format = useFormat();
  return (
    <Drawer title={letter.rejection?.reason ?? letter.name} close={close}>
      <p>{letter.rejection?.message}</p>
      <dl className={styles.facts}>
        <dt>{t("letters.field")}</dt>
        <dd>{letter.rejection?.field || "–"}</dd>
        <dt>{t("letters.rule")}</dt>
        <dd>{letter.rejection?.rule || "–"}</dd>
        <dt>{t("letters.refusedBy")}</dt>
        <dd>{letter.refusedBy}</dd>
        <dt>{t("letters.since")}</dt>
        <dd>{letter.deadTime && format.instant(timestampMs(letter.deadTime))}</dd>
        <dt>{t("letters.account")}</dt>
        <dd>{letter.key || "–"}</dd>
        <dt>{t("letters.lastReplay")}</dt>
        <dd>{letter.replayed ? t("replay.accepted") : NONE}</dd>
        {Object.entries(letter.headers).map(([name, value]) => (
          <Header key={name} name={name} value={value} />
        ))}
      </dl>
      {!letter.replayed && <Replay letter={letter} />}
      <h3>{t("letters.payload")}</h3>
      <pre className={styles.payload}>{pretty(letter)}</pre>
    </Drawer>
  );
}

function Replay({ letter }: { letter: DeadLetter }) {
  const t = useText();
  const queries = useQueryClient();
  const refused = useActionsRefused();
  const replay = useMutation({
    mutationFn: () => ingest.replayDeadLetter({ name: letter.name }),
    onSuccess: ({ answer }) => {
      const rejection = answer?.rejection;
      toast(
        rejection
          ? {
              kind: "failed",
              text: `${t("replay.refused")}: ${rejection.reason} ${rejection.field}`,
            }
          : { kind: "done", text: t("replay.accepted") },
      );
      return queries.invalidateQueries({ queryKey: ["letters"] });
    },
    onError: (error) => toast({ kind: "failed", text: describeError(error).message }),
  });
  return (
    <div>
      <Button kind="main" disabledBecause={refused} onPress={() => replay.mutate()}>
        {t("letters.replay")}
      </Button>
    </div>
  );
}

function Header({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function pretty(letter: DeadLetter): string {
  const text = new TextDecoder().decode(letter.value);
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // not JSON: as it came
  }
}
