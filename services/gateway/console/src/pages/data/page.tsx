// What came in and what is to come in: tables to import, what became of those before, whether every
// feed is heard, and the currencies that figures are converted by.
import { useQuery } from "@tanstack/react-query";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import { currenciesQuery } from "../../shared/deployment.ts";
import { FeedsCard } from "../../shared/feeds/feeds_card.tsx";
import { decimal } from "../../shared/format.ts";
import { useText } from "../../shared/texts.ts";
import { Part } from "../../shared/ui/part.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./data.module.css";
import { ImportReport } from "./import_report.tsx";
import { ImportsCard } from "./imports_card.tsx";
import { type DataSearch, dataRoute } from "./route.ts";
import { RunsCard } from "./runs_card.tsx";
import { UploadCard } from "./upload_card.tsx";
import { Workbench } from "./workbench.tsx";

export function DataPage() {
  const t = useText();
  const [search, change] = useSearchState<DataSearch>(dataRoute);
  const within = search.import !== undefined || search.upload !== undefined;
  return (
    <div>
      <PageHeader
        title={t("data.title")}
        actions={
          <Link className="link" to={addresses.letters()}>
            {t("data.letters")}
          </Link>
        }
      >
        {within && (
          <Link className="link" to={addresses.data()}>
            {t("data.all")}
          </Link>
        )}
      </PageHeader>
      <div className={styles.grid}>
        {search.import !== undefined ? (
          <ImportReport key={search.import} id={search.import} change={change} />
        ) : search.upload !== undefined ? (
          <Workbench key={search.upload} id={search.upload} change={change} />
        ) : (
          <>
            <UploadCard change={change} />
            <ImportsCard />
            <FeedsCard />
            <RunsCard marked={search.run} />
            <Currencies />
          </>
        )}
      </div>
    </div>
  );
}

function Currencies() {
  const t = useText();
  const currencies = useQuery(currenciesQuery);
  return (
    <Part title={t("data.currencies")} query={currencies}>
      {(data) => (
        <PlainTable label={t("data.currencies")}>
          <thead>
            <tr>
              <th scope="col">{t("data.currency")}</th>
              <th scope="col" className="num">
                {t("data.worth", { currency: data.reportingCurrency })}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.currencies.map((each) => (
              <tr key={each.code}>
                <th scope="row">
                  {each.perUnits > 1n ? `${each.perUnits} ` : ""}
                  {each.code}{" "}
                  {each.code === data.reportingCurrency && (
                    <Tag tone="accent">{t("data.reporting")}</Tag>
                  )}
                </th>
                <td className="num">{decimal(each.rateMicros, 4)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </Part>
  );
}
