// What an import found and what came of it: every row accounted for.
import type { TableImport } from "../../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import type {
  ImportSummary,
  TableSummary,
} from "../../gen/proto/bellwether/imports/v1/summary_pb.js";
import { type TextId, useFormat, useText } from "../../shared/texts.ts";
import { Card } from "../../shared/ui/part.tsx";
import { PlainTable } from "../../shared/ui/plain_table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import styles from "./data.module.css";
import { importId } from "./queries.ts";

const skippedRows = (table: TableSummary) =>
  table.skipped.reduce((sum, each) => sum + each.rows, 0n);

export function Tables({ summary }: { summary: ImportSummary }) {
  const t = useText();
  const format = useFormat();
  return (
    <Card title={t("report.rows")} aside={t("report.rowsNote")}>
      <PlainTable label={t("report.rows")}>
        <thead>
          <tr>
            <th scope="col">{t("report.table")}</th>
            {(["read", "made", "refused", "duplicate", "skipped"] as const).map((name) => (
              <th key={name} scope="col" className="num">
                {t(`report.${name}`)}
              </th>
            ))}
            <th scope="col">{t("report.account")}</th>
            <th scope="col">{t("report.sums")}</th>
          </tr>
        </thead>
        <tbody>
          {summary.tables.map((table) => {
            const skipped = skippedRows(table);
            const left = table.rows - table.made - table.refused - table.duplicates - skipped;
            return (
              <tr key={table.path} data-left={String(left)}>
                <th scope="row">
                  {table.path}
                  {table.encoding && <span className={styles.sub}>{table.encoding}</span>}
                </th>
                {[table.rows, table.made, table.refused, table.duplicates].map((count, at) => (
                  <td key={at} className="num">
                    {format.count(count)}
                  </td>
                ))}
                <td className="num">
                  {format.count(skipped)}
                  {table.skipped.map((each) => (
                    <span key={each.when} className={styles.sub}>
                      {each.when}: {format.count(each.rows)}
                    </span>
                  ))}
                </td>
                <td>
                  {left === 0n ? (
                    <Tag tone="green">{t("report.addsUp")}</Tag>
                  ) : (
                    <Tag tone="red">{t("report.unaccounted", { rows: format.count(left) })}</Tag>
                  )}
                  {table.blank > 0n && (
                    <span className={styles.sub}>
                      {t("report.blank", { rows: format.count(table.blank) })}
                    </span>
                  )}
                </td>
                <td>
                  {table.sums.map((sum) => (
                    <span key={sum.column} className={styles.sum}>
                      {sum.column}: {format.plainDecimal(sum.sum)} {sum.currencyCode}
                    </span>
                  ))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </PlainTable>
    </Card>
  );
}

export function Faults({ of, summary }: { of: TableImport; summary: ImportSummary }) {
  const t = useText();
  const format = useFormat();
  if (summary.faultGroups.length === 0 && summary.refusals.length === 0) return null;
  return (
    <Card
      title={t("report.faults")}
      aside={
        of.refusedRows > 0n && (
          <a className="link" href={refusedRowsFile(of)} download>
            {t("report.refusedFile")}
          </a>
        )
      }
    >
      <PlainTable label={t("report.faults")}>
        <thead>
          <tr>
            <th scope="col">{t("report.cause")}</th>
            <th scope="col">{t("report.where")}</th>
            <th scope="col" className="num">
              {t("report.howMany")}
            </th>
            <th scope="col">{t("report.first")}</th>
            <th scope="col">{t("report.message")}</th>
          </tr>
        </thead>
        <tbody>
          {summary.faultGroups.map((group) => (
            <tr key={`${group.path}/${group.column}/${group.reason}`}>
              <th scope="row">{group.reason}</th>
              <td>{[group.path, group.column].filter(Boolean).join(" · ")}</td>
              <td className="num">{format.count(group.rows)}</td>
              <td>{group.places.map((place) => `${place.line}:${place.position}`).join(", ")}</td>
              <td lang="en">{group.message}</td>
            </tr>
          ))}
          {summary.refusals.map((refusal) => (
            <tr key={refusal.what}>
              <th scope="row">{refusal.reason}</th>
              <td>{[refusal.what, refusal.field].filter(Boolean).join(" · ")}</td>
              <td className="num">1</td>
              <td>{refusal.path && `${refusal.path}:${refusal.line}`}</td>
              <td lang="en">{refusal.message}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Card>
  );
}

const refusedRowsFile = (of: TableImport) => `/v1/table-imports/${importId(of.name)}/refused.csv`;

type Figures = readonly (readonly [TextId, bigint])[];

export function Outcomes({ summary, checked }: { summary: ImportSummary; checked: boolean }) {
  const t = useText();
  const format = useFormat();
  return (
    <Card title={t(checked ? "report.found" : "report.outcome")}>
      <div className={styles.outcomes}>
        <FigureList title={t("report.accounts")} figures={createFigures(summary.accounts)} />
        <FigureList
          title={t("report.opportunities")}
          figures={createFigures(summary.opportunities)}
        />
        <FigureList
          title={t("report.facts")}
          figures={factFigures(summary)}
          note={
            !checked && summary.facts && !summary.facts.complete ? t("report.notYet") : undefined
          }
        />
        {summary.amounts.length > 0 && (
          <section>
            <h3>{t("report.amounts")}</h3>
            <ul>
              {summary.amounts.map((each) => (
                <li key={`${each.field}/${each.amount?.currencyCode}`}>
                  {each.field}: {each.amount && format.exact(each.amount)}{" "}
                  <span className="muted">
                    {t("report.inFacts", { count: Number(each.facts) })}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
        <Notes summary={summary} />
      </div>
    </Card>
  );
}

function createFigures(of: ImportSummary["accounts"]): Figures {
  return [
    ["figure.found", of?.found ?? 0n],
    ["figure.created", of?.created ?? 0n],
    ["figure.unchanged", of?.unchanged ?? 0n],
    ["figure.updated", of?.updated ?? 0n],
    ["figure.differing", of?.differing ?? 0n],
    ["figure.refused", of?.refused ?? 0n],
  ];
}

function factFigures({ facts: of }: ImportSummary): Figures {
  return [
    ["figure.found", of?.found ?? 0n],
    ["figure.accepted", of?.accepted ?? 0n],
    ["figure.counted", of?.counted ?? 0n],
    ["figure.late", of?.late ?? 0n],
    ["figure.duplicates", of?.duplicates ?? 0n],
    ["figure.conflicts", of?.conflicts ?? 0n],
    ["figure.tooOld", of?.tooOld ?? 0n],
    ["figure.retracted", of?.retracted ?? 0n],
    ["figure.withheld", of?.withheld ?? 0n],
    ["figure.rejected", of?.rejected ?? 0n],
  ];
}

// Those that are not zero; the first always.
function FigureList({
  title,
  figures,
  note,
}: {
  title: string;
  figures: Figures;
  note?: string | undefined;
}) {
  const t = useText();
  const format = useFormat();
  const [first] = figures;
  if (first?.[1] === 0n) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl className={styles.figures}>
        {figures
          .filter(([, count], at) => at === 0 || count > 0n)
          .map(([label, count]) => (
            <div key={label}>
              <dt>{t(label)}</dt>
              <dd>{format.count(count)}</dd>
            </div>
          ))}
      </dl>
      {note && <p className="muted">{note}</p>}
    </section>
  );
}

function Notes({ summary }: { summary: ImportSummary }) {
  const t = useText();
  const notes = [
    ...summary.cleaned.map((each) =>
      t("report.cleaned", { where: `${each.path} ${each.column}`, rows: Number(each.rows) }),
    ),
    ...summary.repeatedTimes.map((each) =>
      t("report.repeatedTimes", { where: `${each.path} ${each.column}`, rows: Number(each.rows) }),
    ),
    ...summary.aliasesUsed.map((each) =>
      t("report.alias", { text: each.text, rows: Number(each.rows) }),
    ),
  ];
  if (notes.length + summary.onlyServerJudges.length === 0) return null;
  return (
    <section>
      <h3>{t("report.notes")}</h3>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        {summary.onlyServerJudges.length > 0 && (
          <li>
            {t("report.onlyServer")} <span lang="en">{summary.onlyServerJudges.join("; ")}</span>
          </li>
        )}
      </ul>
    </section>
  );
}
