import { useQuery } from "@tanstack/react-query";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import { State } from "../../gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import { useFormat, useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import styles from "./account.module.css";
import { dealsQuery } from "./queries.ts";

const SHOWN_MOST = 8;

export function DealsCard({ account }: { account: string }) {
  const t = useText();
  const format = useFormat();
  const query = useQuery(dealsQuery(account));
  const open = query.data?.opportunities.filter((each) => each.state === State.OPEN) ?? [];
  const sum = open.reduce((total, each) => total + (each.amount?.baseAmountMinor ?? 0n), 0n);
  return (
    <Part
      title={t("account.deals")}
      aside={
        query.data && t("account.openDeals", { count: open.length, sum: format.shortMoney(sum) })
      }
      query={query}
    >
      {({ opportunities }) =>
        opportunities.length === 0 ? (
          <p className="muted">{t("account.noDeals")}</p>
        ) : (
          <ul className={styles.list}>
            {opportunities.slice(0, SHOWN_MOST).map((each) => (
              <li key={each.name}>
                <Link
                  className={styles.open}
                  to={addresses.opportunities({ deal: each.name.replace(/^opportunities\//, "") })}
                >
                  {each.title || each.name}
                </Link>
                <span className={styles.grow} />
                <span className="muted">
                  {each.state === State.OPEN
                    ? each.amount && format.shortMoney(each.amount.baseAmountMinor)
                    : t(each.state === State.WON ? "account.won" : "account.lost")}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Part>
  );
}
