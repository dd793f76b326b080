import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import { openAlerts } from "../../live/live.ts";
import { useStore } from "../../shared/store.ts";
import { titled, useLanguage, useText } from "../../shared/texts.ts";
import { LevelMark } from "../../shared/ui/level.tsx";
import { Card } from "../../shared/ui/part.tsx";
import styles from "./account.module.css";

export function AlertsCard({ accountId }: { accountId: string }) {
  const t = useText();
  const language = useLanguage();
  const { byName } = useStore(openAlerts);
  const own = [...byName.values()]
    .map((each) => each.alert)
    .filter((alert) => alert.accountId === accountId)
    .sort((a, b) => b.level - a.level);
  return (
    <Card title={t("account.alerts")} aside={t("account.openAlerts", { count: own.length })}>
      {own.length === 0 ? (
        <p className="muted">{t("account.noAlerts")}</p>
      ) : (
        <ul className={styles.list}>
          {own.map((alert) => (
            <li key={alert.name}>
              <LevelMark level={alert.level} />
              <Link className={styles.open} to={addresses.alert(alert.name)}>
                {titled(alert, language)}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
