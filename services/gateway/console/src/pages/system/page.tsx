import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import { useText } from "../../shared/texts.ts";
import { Pill, PillRow } from "../../shared/ui/pill.tsx";
import { Letters } from "./letters.tsx";
import { type SystemSearch, systemRoute } from "./route.ts";
import { Status } from "./status.tsx";
import styles from "./system.module.css";

export function SystemPage() {
  const t = useText();
  const [search, change] = useSearchState<SystemSearch>(systemRoute);
  return (
    <div className={styles.page}>
      <PageHeader title={t("system.title")} />
      <div className={styles.tabs}>
        <PillRow label={t("system.parts")}>
          <Pill on={!search.tab} onPress={() => change({ tab: undefined, letter: undefined })}>
            {t("system.services")}
          </Pill>
          <Pill on={search.tab === "letters"} onPress={() => change({ tab: "letters" })}>
            {t("system.letters")}
          </Pill>
        </PillRow>
      </div>
      {search.tab === "letters" ? <Letters search={search} change={change} /> : <Status />}
    </div>
  );
}
