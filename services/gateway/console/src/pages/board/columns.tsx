import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import {
  type Alert,
  AlertState,
  TimelineKind,
} from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import type { OpenAlert } from "../../live/alert_book.ts";
import { rulesQuery } from "../../shared/deployment.ts";
import { NONE } from "../../shared/format.ts";
import { roleName, tierName } from "../../shared/names.ts";
import { useServerNow } from "../../shared/server_time.ts";
import { useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { LevelMark } from "../../shared/ui/level.tsx";
import type { Column } from "../../shared/ui/table.tsx";
import { Tag } from "../../shared/ui/tag.tsx";
import { type FilterContext, heldSinceMs, isSilenced } from "./alert_filter.ts";
import styles from "./board.module.css";
import type { BoardSearch, Sort } from "./route.ts";

interface Options {
  narrow: boolean;
  // A panel stands beside the list; in a tight window one column makes room for it.
  beside: boolean;
  tight: boolean;
  chosen: ReadonlySet<string>;
  choose: (id: string) => void;
  search: BoardSearch;
  change: (part: Partial<BoardSearch>) => void;
  context: FilterContext;
}

const ORDER: Partial<Record<Sort, "ascending" | "descending">> = {
  account: "ascending",
  risk: "descending",
  since: "ascending",
  escalates: "ascending",
};

export function useColumns(options: Options): Column<OpenAlert>[] {
  const t = useText();
  const { narrow, beside, tight, chosen, choose, search, change, context } = options;
  return useMemo(() => {
    const sortable = (sort: Sort) => ({
      onSort: () => change({ sort: search.sort === sort ? undefined : sort }),
      sorted: search.sort === sort ? ORDER[sort] : undefined,
    });
    const level: Column<OpenAlert> = {
      key: "level",
      head: t("board.level"),
      width: narrow ? "82px" : "92px",
      cell: (row) => (
        <span className={styles.level}>
          {!narrow && (
            <input
              type="checkbox"
              aria-label={t("board.choose", { what: row.alert.subjectDisplayName })}
              checked={chosen.has(row.alert.name)}
              onChange={() => choose(row.alert.name)}
              tabIndex={-1}
            />
          )}
          <LevelMark level={row.alert.level} />
        </span>
      ),
    };
    if (narrow)
      return [
        level,
        { key: "what", head: t("board.what"), cell: (row) => <NarrowWhat {...row} /> },
        {
          key: "escalates",
          head: t("board.escalates"),
          width: "102px",
          numeric: true,
          cell: (row) => <NarrowTimes alert={row.alert} />,
        },
      ];
    const columns: Column<OpenAlert>[] = [
      level,
      {
        key: "account",
        head: t("board.account"),
        width: beside ? "164px" : "196px",
        cut: true,
        cell: ({ alert }) => <Account alert={alert} />,
        ...sortable("account"),
      },
      {
        key: "what",
        head: t("board.what"),
        cut: true,
        cell: (row) => <What {...row} silenced={isSilenced(row.alert, context.silences)} />,
      },
      {
        key: "risk",
        head: t("board.atRisk"),
        width: beside ? "68px" : "92px",
        numeric: true,
        cell: ({ alert }) => <AtRisk alert={alert} />,
        ...sortable("risk"),
      },
      {
        key: "since",
        head: t("board.since"),
        width: beside ? "84px" : "92px",
        numeric: true,
        cell: ({ alert }) => <Since alert={alert} />,
        ...sortable("since"),
      },
      {
        key: "escalates",
        head: t("board.escalates"),
        width: beside ? "124px" : "158px",
        cell: ({ alert }) => <Escalates alert={alert} />,
        ...sortable("escalates"),
      },
      {
        key: "with",
        head: t("board.with"),
        width: beside ? "112px" : "140px",
        cut: true,
        cell: ({ alert }) => <With alert={alert} />,
      },
    ];
    return beside && tight ? columns.filter(({ key }) => key !== "risk") : columns;
  }, [t, narrow, beside, tight, chosen, choose, search.sort, change, context]);
}

function Account({ alert }: { alert: Alert }) {
  const t = useText();
  return (
    <>
      <span className={styles.account}>{alert.subjectDisplayName}</span>
      <span className={styles.sub}>
        {[tierName(alert.subjectTier, t), alert.ruleId].join(" · ")}
      </span>
    </>
  );
}

// The text without the name, which stands beside it.
export function useAlertText(): (alert: Alert) => string {
  const language = useLanguage();
  return (alert) => {
    const text = (language === "zh" && alert.textZh) || alert.text || alert.title;
    const name = alert.subjectDisplayName;
    const rest = text.startsWith(name) ? text.slice(name.length).replace(/^[:：]\s*/, "") : text;
    return rest.charAt(0).toUpperCase() + rest.slice(1);
  };
}

function What({ alert, entry, silenced }: OpenAlert & { silenced: boolean }) {
  const t = useText();
  const text = useAlertText();
  return (
    <span className={styles.what} title={text(alert)}>
      {alert.state === AlertState.FIRING && entry?.kind === TimelineKind.LEVEL_RAISED && (
        <>
          <Tag tone="red">{t("board.raised")}</Tag>{" "}
        </>
      )}
      {entry?.kind === TimelineKind.LEVEL_LOWERED && (
        <>
          <Tag>{t("board.lowered")}</Tag>{" "}
        </>
      )}
      {alert.restated && (
        <>
          <Tag title={t("board.restatedNote")}>{t("board.restated")}</Tag>{" "}
        </>
      )}
      {silenced && (
        <>
          <Tag>{t("board.silencedTag")}</Tag>{" "}
        </>
      )}
      {text(alert)}
    </span>
  );
}

function AtRisk({ alert }: { alert: Alert }) {
  const format = useFormat();
  return alert.valueAtRiskMinor === 0n ? (
    <>{NONE}</>
  ) : (
    <>{format.shortMoney(alert.valueAtRiskMinor)}</>
  );
}

function Since({ alert }: { alert: Alert }) {
  const format = useFormat();
  const since = heldSinceMs(alert);
  const now = useServerNow();
  return <time title={format.instant(since)}>{format.duration(now - since)}</time>;
}

// How much of the time to take it has gone, and what is left, by the server's clock.
function Escalates({ alert }: { alert: Alert }) {
  const t = useText();
  const format = useFormat();
  const now = useServerNow();
  const within = useAcknowledgeWithin(alert.ruleId);
  if (alert.state === AlertState.ACKNOWLEDGED) return <>{t("board.isAcknowledged")}</>;
  if (!alert.escalateTime)
    return (
      <span className={styles.escalates}>
        <Gone share={1} />
        {t("board.topOfChain")}
      </span>
    );
  const left = timestampMs(alert.escalateTime) - now;
  return (
    <span className={styles.escalates}>
      <Gone share={within ? 1 - left / within : 0} />
      <span data-left>{left > 0 ? format.duration(left, true) : t("board.escalatesNow")}</span>
    </span>
  );
}

const HOT_SHARE = 0.7;

function Gone({ share }: { share: number }) {
  const width = `${Math.round(Math.min(1, Math.max(0.02, share)) * 100)}%`;
  return (
    <span className={`${styles.gone} ${share > HOT_SHARE ? styles.hot : ""}`} aria-hidden="true">
      <i style={{ width }} />
    </span>
  );
}

export function useAcknowledgeWithin(ruleId: string): number | undefined {
  const rules = useQuery(rulesQuery).data?.rules;
  const within = rules?.find((rule) => rule.ruleId === ruleId)?.acknowledgeWithin;
  return within ? Number(within.seconds) * 1000 : undefined;
}

// Whoever has it now: a person who took it or owns it, or the rung it has come to.
export function useHolder(): (alert: Alert) => { who: string; besides: string } {
  const t = useText();
  return (alert) => {
    const [first, ...others] = alert.responsibleRoles.map((role) => roleName(role, t));
    const roles = (first ?? "") + (others.length > 0 ? ` +${others.length}` : "");
    if (alert.state === AlertState.ACKNOWLEDGED || alert.escalationLevel === 0 || roles === "")
      return { who: alert.assignee || roles, besides: "" };
    return { who: roles, besides: alert.assignee };
  };
}

function With({ alert }: { alert: Alert }) {
  const { who, besides } = useHolder()(alert);
  return (
    <span title={[who, besides].filter(Boolean).join(" · ")}>
      {who}
      {besides && <span className={styles.sub}>{besides}</span>}
    </span>
  );
}

function NarrowWhat(row: OpenAlert) {
  const text = useAlertText();
  const { who } = useHolder()(row.alert);
  return (
    <>
      <span className={styles.account}>{row.alert.subjectDisplayName}</span>
      <span className={styles.two}>{text(row.alert)}</span>
      <span className={styles.sub}>{who}</span>
    </>
  );
}

function NarrowTimes({ alert }: { alert: Alert }) {
  const t = useText();
  const format = useFormat();
  const now = useServerNow();
  const left = alert.escalateTime && timestampMs(alert.escalateTime) - now;
  return (
    <>
      <span className={alert.state === AlertState.ACKNOWLEDGED ? styles.sub : styles.account}>
        {alert.state === AlertState.ACKNOWLEDGED
          ? t("board.isAcknowledged")
          : left === undefined
            ? t("board.topOfChain")
            : left > 0
              ? format.duration(left, true)
              : t("board.escalatesNow")}
      </span>
      <span className={styles.sub}>{format.duration(now - heldSinceMs(alert))}</span>
    </>
  );
}
