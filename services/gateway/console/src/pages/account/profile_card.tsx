import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { UseQueryResult } from "@tanstack/react-query";
import type { Account } from "../../gen/proto/bellwether/accounts/v1/accounts_service_pb.js";
import { NONE } from "../../shared/format.ts";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import styles from "./account.module.css";

export function ProfileCard({ account }: { account: UseQueryResult<Account> }) {
  const t = useText();
  const format = useFormat();
  return (
    <Part title={t("account.profile")} query={account}>
      {(data) => (
        <dl className={styles.facts}>
          <dt>{t("account.legalName")}</dt>
          <dd>{data.legalName || NONE}</dd>
          <dt>{t("account.owner")}</dt>
          <dd>{data.owner || NONE}</dd>
          {data.team.map((member) => (
            <Member
              key={`${member.person}${member.role}`}
              person={member.person}
              role={member.role}
            />
          ))}
          <dt>{t("account.region")}</dt>
          <dd>{data.region || NONE}</dd>
          <dt>{t("account.purchasingBudget")}</dt>
          <dd>{data.annualPurchasingBudget ? format.amount(data.annualPurchasingBudget) : NONE}</dd>
          <dt>{t("account.salesBudget")}</dt>
          <dd>{data.annualSalesBudget ? format.amount(data.annualSalesBudget) : NONE}</dd>
          <dt>{t("account.since")}</dt>
          <dd>
            {data.customerSince ? format.day(format.isoDay(timestampMs(data.customerSince))) : NONE}
          </dd>
          <dt>{t("account.ids")}</dt>
          <dd>{data.externalIds.map((each) => `${each.source} ${each.id}`).join(", ") || NONE}</dd>
        </dl>
      )}
    </Part>
  );
}

function Member({ person, role }: { person: string; role: number }) {
  const t = useText();
  return (
    <>
      <dt>{t(`account.role.${role}` as TextId)}</dt>
      <dd>{person}</dd>
    </>
  );
}
