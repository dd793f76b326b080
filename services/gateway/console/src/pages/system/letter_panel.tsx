import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { DeadLetter } from "../../gen/proto/bellwether/ingest/v1/ingest_service_pb.js";
import { serviceName } from "../../shared/names.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Drawer } from "../../shared/ui/drawer.tsx";
import { LastReplay } from "./letters.tsx";
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
        <dd>{serviceName(letter.refusedBy, t)}</dd>
        <dt>{t("letters.since")}</dt>
        <dd>{letter.deadTime && format.instant(timestampMs(letter.deadTime))}</dd>
        <dt>{t("letters.account")}</dt>
        <dd>{letter.key || "–"}</dd>
        <dt>{t("letters.lastReplay")}</dt>
        <dd>
          <LastReplay letter={letter} />
        </dd>
        {Object.entries(letter.headers).map(([name, value]) => (
          <Header key={name} name={name} value={value} />
        ))}
      </dl>
      <h3>{t("letters.payload")}</h3>
      <pre className={styles.payload}>{pretty(letter)}</pre>
    </Drawer>
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
  const text = letter.payloadText || new TextDecoder().decode(letter.value);
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // not JSON: as it came
  }
}
