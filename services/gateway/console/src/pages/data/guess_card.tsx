// What each column was taken for, and why.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { ColumnKind } from "../../gen/proto/bellwether/imports/v1/column_pb.js";
import {
  ColumnMeaning,
  type GuessedTable,
  type GuessMappingResponse,
  TableMeaning,
} from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { currenciesQuery, useZone } from "../../shared/deployment.ts";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Field, keepComposition } from "../../shared/ui/field.tsx";
import { Card, Loaded } from "../../shared/ui/part.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./data.module.css";

interface Reading {
  timeZone: string;
  currency: string;
}

export function GuessCard({
  guess,
  reading,
  setReading,
}: {
  guess: UseQueryResult<GuessMappingResponse>;
  reading: Reading;
  setReading: (reading: Reading) => void;
}) {
  const t = useText();
  return (
    <Card title={t("guess.title")} className={styles.stack}>
      <ReadingForm reading={reading} setReading={setReading} />
      <Loaded what={t("guess.title")} query={guess} rows={6}>
        {(data) => (
          <div className={styles.stack}>
            <p>
              <Tag tone={data.recognised ? "green" : "yellow"}>
                {t(data.recognised ? "guess.recognised" : "guess.notRecognised")}
              </Tag>{" "}
              {t(data.recognised ? "guess.recognisedNote" : "guess.notRecognisedNote")}
            </p>
            {data.shippedMapping !== "" && (
              <p>{t("guess.shipped", { name: data.shippedMapping.replace(/^mappings\//, "") })}</p>
            )}
            {data.advice.length > 0 && (
              <ul className={styles.advice} aria-label={t("guess.advice")} lang="en">
                {data.advice.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            )}
            {data.tables.map((table) => (
              <Guessed key={table.fileName} table={table} />
            ))}
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function ReadingForm({
  reading,
  setReading,
}: {
  reading: Reading;
  setReading: (reading: Reading) => void;
}) {
  const t = useText();
  const zone = useZone();
  const currencies = useQuery(currenciesQuery).data;
  return (
    <div className={styles.reading}>
      <Field label={t("guess.zone")}>
        <input
          placeholder={zone}
          defaultValue={reading.timeZone}
          spellCheck={false}
          onKeyDown={keepComposition}
          onBlur={(event) => setReading({ ...reading, timeZone: event.target.value.trim() })}
        />
      </Field>
      <Field label={t("guess.currency")}>
        <select
          value={reading.currency}
          onChange={(event) => setReading({ ...reading, currency: event.target.value })}
        >
          <option value="">{currencies?.reportingCurrency ?? "–"}</option>
          {currencies?.currencies
            .filter(({ code }) => code !== currencies.reportingCurrency)
            .map(({ code }) => (
              <option key={code} value={code}>
                {code}
              </option>
            ))}
        </select>
      </Field>
    </div>
  );
}

function Guessed({ table }: { table: GuessedTable }) {
  const t = useText();
  const format = useFormat();
  return (
    <section className={styles.stack} aria-label={table.fileName}>
      <p>
        <b>{table.fileName}</b> {t(`table.${TableMeaning[table.meaning]}` as TextId)}{" "}
        <span className="muted">{t("guess.rowsSeen", { rows: format.count(table.rowsSeen) })}</span>
      </p>
      {table.reason && <p lang="en">{table.reason}</p>}
      {table.problem && (
        <p className={styles.why} role="alert" lang="en">
          {table.problem}
        </p>
      )}
      {table.columns.length > 0 && (
        <PlainTable label={t("guess.columnsOf", { file: table.fileName })}>
          <thead>
            <tr>
              <th scope="col">{t("guess.column")}</th>
              <th scope="col">{t("guess.meaning")}</th>
              <th scope="col">{t("guess.written")}</th>
              <th scope="col">{t("guess.reason")}</th>
              <th scope="col">{t("guess.samples")}</th>
            </tr>
          </thead>
          <tbody>
            {table.columns.map((column) => (
              <tr key={column.name}>
                <th scope="row">{column.name}</th>
                <td>
                  {column.meaning === ColumnMeaning.NONE ? (
                    <span className="muted">{t("column.NONE")}</span>
                  ) : (
                    <b>{t(`column.${ColumnMeaning[column.meaning]}` as TextId)}</b>
                  )}
                </td>
                <td>
                  {t(`kind.${ColumnKind[column.kind]}` as TextId)}
                  {column.format && <span className={styles.sub}>{column.format}</span>}
                </td>
                <td lang="en">{column.reason}</td>
                <td className={styles.samples}>{column.samples.join(" · ")}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </section>
  );
}
