import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { RfmLevel } from "../../gen/proto/bellwether/accounts/v1/accounts_service_pb.js";
import { tierName } from "../../shared/names.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import styles from "./account.module.css";
import type { AsOf } from "./as_of.ts";
import { rfmQuery } from "./queries.ts";

const levelName = (level: RfmLevel) => RfmLevel[level]?.toLowerCase().replaceAll("_", "-") ?? "";

export function RfmCard({ account, asOf }: { account: string; asOf: AsOf }) {
  const t = useText();
  const format = useFormat();
  const query = useQuery(rfmQuery(account, asOf));
  return (
    <Part
      title={t("account.rfm")}
      aside={query.data?.cutTime && format.instant(timestampMs(query.data.cutTime))}
      query={query}
      rows={3}
    >
      {(rfm) => (
        <dl className={styles.facts}>
          <dt>{t("account.rfmLevel")}</dt>
          <dd>
            {tierName(levelName(rfm.level), t)}
            {rfm.rank > 0n && ` · ${t("account.rank", { rank: Number(rfm.rank) })}`}
          </dd>
          <dt>{t("account.recency")}</dt>
          <dd>
            {t("account.days", { days: Number(rfm.recencyDays) })}{" "}
            <span className="muted">{rfm.recencyScore}/5</span>
          </dd>
          <dt>{t("account.frequency")}</dt>
          <dd>
            {t("account.orders", { count: Number(rfm.orderCount) })}{" "}
            <span className="muted">{rfm.frequencyScore}/5</span>
          </dd>
          <dt>{t("account.monetary")}</dt>
          <dd>
            {format.shortMoney(rfm.orderValueMinor)} {format.currency}{" "}
            <span className="muted">{rfm.monetaryScore}/5</span>
          </dd>
        </dl>
      )}
    </Part>
  );
}
