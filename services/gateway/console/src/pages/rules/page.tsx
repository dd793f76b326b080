import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import { PageHeader } from "../../app/page_header.tsx";
import { useSearchState } from "../../app/search.ts";
import type { AlertRule } from "../../gen/proto/bellwether/alerts/v1/rule_pb.js";
import { openAlerts } from "../../live/live.ts";
import { rulesQuery } from "../../shared/deployment.ts";
import { ruleCauseName, subjectName, tierName } from "../../shared/names.ts";
import { Playbook } from "../../shared/playbook.tsx";
import { useStore } from "../../shared/store.ts";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { Drawer } from "../../shared/ui/drawer.tsx";
import { LevelMark } from "../../shared/ui/level.tsx";
import { Loaded } from "../../shared/ui/part.tsx";
import { Empty } from "../../shared/ui/states.tsx";
import { type Column, Table } from "../../shared/ui/table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import { useConditionText, useLevelTexts } from "./condition.ts";
import { type RulesSearch, rulesRoute } from "./route.ts";
import styles from "./rules.module.css";

const idOf = (rule: AlertRule) => rule.ruleId;

export function RulesPage() {
  const t = useText();
  const [search, change] = useSearchState<RulesSearch>(rulesRoute);
  const query = useQuery(rulesQuery);
  const columns = useColumns();
  const open = query.data?.rules.find((rule) => rule.ruleId === search.rule);
  return (
    <div className={styles.page}>
      <PageHeader title={t("rules.title")}>
        {query.data && (
          <span className="muted">{t("rules.count", { count: query.data.rules.length })}</span>
        )}
      </PageHeader>
      <div className={styles.body}>
        <Loaded what={t("rules.title")} query={query} rows={8}>
          {({ rules }) => (
            <Table
              label={t("rules.title")}
              rows={rules}
              columns={columns}
              idOf={idOf}
              currentId={search.rule}
              onOpen={(rule) => change({ rule: rule.ruleId })}
              empty={<Empty title={t("rules.none")} />}
            />
          )}
        </Loaded>
      </div>
      {open && <RulePanel rule={open} close={() => change({ rule: undefined })} />}
    </div>
  );
}

function useColumns(): Column<AlertRule>[] {
  const t = useText();
  const format = useFormat();
  const language = useLanguage();
  const condition = useConditionText();
  const { byName } = useStore(openAlerts);
  const counts = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { alert } of byName.values())
      counts.set(alert.ruleId, (counts.get(alert.ruleId) ?? 0) + 1);
    return counts;
  }, [byName]);
  return [
    { key: "id", head: t("rules.id"), width: "84px", cell: (rule) => <b>{rule.ruleId}</b> },
    {
      key: "title",
      head: t("rules.rule"),
      cut: true,
      cell: (rule) => (
        <>
          <b>{titled(rule, language)}</b>
          <span className={styles.sub}>{condition(rule)}</span>
        </>
      ),
    },
    {
      key: "levels",
      head: t("rules.levels"),
      width: "210px",
      cell: (rule) => <Levels rule={rule} />,
    },
    {
      key: "scope",
      head: t("rules.scope"),
      width: "120px",
      cell: (rule) => subjectName(rule.scope, t),
    },
    {
      key: "within",
      head: t("rules.within"),
      width: "130px",
      numeric: true,
      cell: (rule) =>
        rule.acknowledgeWithin
          ? format.duration(Number(rule.acknowledgeWithin.seconds) * 1000)
          : "–",
    },
    {
      key: "open",
      head: t("rules.open"),
      width: "110px",
      numeric: true,
      cell: (rule) =>
        counts.has(rule.ruleId) ? (
          <Link className="link" to={addresses.board({ rule: rule.ruleId })}>
            {counts.get(rule.ruleId)}
          </Link>
        ) : (
          "0"
        ),
    },
  ];
}

function Levels({ rule }: { rule: AlertRule }) {
  const levels = useLevelTexts()(rule);
  return (
    <span className={styles.levels}>
      {levels.map(({ level, text }) => (
        <span key={level}>
          <LevelMark level={level} /> <span className="muted">{text}</span>
        </span>
      ))}
    </span>
  );
}

function RulePanel({ rule, close }: { rule: AlertRule; close: () => void }) {
  const t = useText();
  const language = useLanguage();
  const condition = useConditionText();
  return (
    <Drawer title={`${rule.ruleId} ${titled(rule, language)}`} close={close}>
      <p>{condition(rule)}</p>
      <Levels rule={rule} />
      <dl className={styles.facts}>
        <dt>{t("rules.version")}</dt>
        <dd>
          {rule.version} {rule.disabled && <Tag tone="yellow">{t("rules.off")}</Tag>}
        </dd>
        <dt>{t("rules.whom")}</dt>
        <dd>
          {rule.tiers.length > 0
            ? rule.tiers.map((tier) => tierName(tier, t)).join(", ")
            : t("rules.everybody")}
          {rule.where.map((match) => (
            <span key={match.attribute} className="muted">
              {" "}
              {match.attribute}: {match.values.join(", ")}
            </span>
          ))}
        </dd>
        <dt>{t("rules.cause")}</dt>
        <dd>{ruleCauseName(rule.cause, t) || "–"}</dd>
        <dt>{t("rules.text")}</dt>
        <dd>{(language === "zh" && rule.textZh) || rule.text}</dd>
        <dt>{t("board.playbook")}</dt>
        <dd>
          <Playbook text={rule.playbook} />
        </dd>
      </dl>
    </Drawer>
  );
}
