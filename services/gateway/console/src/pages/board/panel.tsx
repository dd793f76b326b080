// One alert: why, what moved, who has it, and all that has happened to it.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { alerts, health } from "../../api/clients.ts";
import { accountName, addresses } from "../../app/addresses.ts";
import { Link } from "../../app/link.tsx";
import { type Alert, AlertState } from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import type { AlertRule } from "../../gen/proto/bellwether/alerts/v1/rule_pb.js";
import type { OpenAlert } from "../../live/alert_book.ts";
import { rulesQuery } from "../../shared/deployment.ts";
import { HistoryChart } from "../../shared/health/history_chart.tsx";
import { PointBars, scoreStep } from "../../shared/health/point_bars.tsx";
import { roleName, tierName } from "../../shared/names.ts";
import { Playbook } from "../../shared/playbook.tsx";
import { useServerNow } from "../../shared/server_time.ts";
import { titled, useFormat, useLanguage, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { LevelMark } from "../../shared/ui/level.tsx";
import { Loaded } from "../../shared/ui/part.tsx";
import styles from "./board.module.css";
import { useAlertText } from "./columns.tsx";
import type { BoardCommands } from "./commands.ts";
import { ResolveForm } from "./resolve_form.tsx";
import { Timeline } from "./timeline.tsx";

const HISTORY_DAYS = 90;

export function AlertPanel({
  name,
  live,
  commands,
  close,
  silence,
}: {
  name: string;
  live: OpenAlert | undefined;
  commands: BoardCommands;
  close: () => void;
  silence: () => void;
}) {
  const t = useText();
  const full = useQuery({
    queryKey: ["alert", name, String(live?.version ?? "")],
    queryFn: () => alerts.getAlert({ name }),
    placeholderData: (previous) => previous,
  });
  const alert = live?.alert ?? full.data;
  return (
    <>
      <div className={styles.close}>
        <Button kind="quiet" label={t("ui.close")} onPress={close}>
          ×
        </Button>
      </div>
      {alert && <Head alert={alert} />}
      {alert && <Actions alert={alert} commands={commands} silence={silence} />}
      {alert?.playbook && (
        <section>
          <h3>{t("board.playbook")}</h3>
          <p>
            <Playbook text={alert.playbook} />
          </p>
        </section>
      )}
      {alert?.accountId && <Score alert={alert} />}
      {alert && alert.state !== AlertState.RESOLVED && <Chain alert={alert} />}
      <section>
        <h3>{t("board.timeline")}</h3>
        <Loaded what={t("board.timeline")} query={full}>
          {(data) => <Timeline entries={data.timeline} />}
        </Loaded>
      </section>
    </>
  );
}

function Head({ alert }: { alert: Alert }) {
  const t = useText();
  const language = useLanguage();
  const text = useAlertText();
  return (
    <div>
      <p className={styles.marks}>
        <LevelMark level={alert.level} upper />
        <span className="muted">
          <Link className="link" to={addresses.rule(alert.ruleId)}>
            {alert.ruleId}
          </Link>
          {" · "}
          {[
            tierName(alert.subjectTier, t),
            t("board.priority", { priority: String(alert.priority) }),
          ].join(" · ")}
        </span>
      </p>
      <h2>{titled(alert, language)}</h2>
      <p>
        {alert.accountId ? (
          <Link className="link" to={addresses.account(alert.accountId)}>
            {alert.subjectDisplayName}
          </Link>
        ) : (
          alert.subjectDisplayName
        )}
        {" · "}
        <span className={styles.text}>{text(alert)}</span>
      </p>
      {alert.state === AlertState.RESOLVED && (
        <p className={styles.ended}>{t("board.ended", { reason: alert.resolveReason })}</p>
      )}
    </div>
  );
}

function Actions({
  alert,
  commands,
  silence,
}: {
  alert: Alert;
  commands: BoardCommands;
  silence: () => void;
}) {
  const t = useText();
  const [resolving, setResolving] = useState(false);
  if (alert.state === AlertState.RESOLVED) return null;
  const acknowledged = alert.state === AlertState.ACKNOWLEDGED;
  return (
    <>
      <div className={styles.actions}>
        <Button
          kind="main"
          shortcut="a"
          disabledBecause={
            commands.refused ??
            (acknowledged ? t("board.already", { who: alert.assignee }) : undefined)
          }
          onPress={() => commands.acknowledge(alert)}
        >
          {t("board.acknowledge")}
        </Button>
        <Button disabledBecause={commands.refused} onPress={() => setResolving(!resolving)}>
          {t("board.resolve")}
        </Button>
        <Button shortcut="s" disabledBecause={commands.refused} onPress={silence}>
          {t("silence.verb")}
        </Button>
      </div>
      {commands.refused && <p className={styles.refused}>{commands.refused}</p>}
      {resolving && (
        <ResolveForm
          onCancel={() => setResolving(false)}
          onResolve={async (reason, note) => {
            await commands.resolve(alert, reason, note);
            setResolving(false);
          }}
        />
      )}
    </>
  );
}

function Score({ alert }: { alert: Alert }) {
  const t = useText();
  const account = accountName(alert.accountId);
  const rules = useQuery(rulesQuery).data?.rules;
  const rule = rules?.find((each) => each.ruleId === alert.ruleId);
  const history = useQuery({
    queryKey: ["history", account, HISTORY_DAYS],
    queryFn: () => health.listHealthHistory({ account, pageSize: HISTORY_DAYS }),
    staleTime: 60_000,
  });
  const why = useQuery({
    queryKey: ["explain", account, "latest"],
    queryFn: () => health.explainHealth({ account, limit: 1 }),
  });
  return (
    <>
      <section>
        <h3>{t("board.health90")}</h3>
        <Loaded what={t("board.health90")} query={history} rows={3}>
          {(data) => (
            <HistoryChart newestFirst={data.snapshots} guides={scoreGuides(rule)} height={170} />
          )}
        </Loaded>
      </section>
      <section>
        <Loaded what={t("why.title")} query={why} rows={3}>
          {({ changes: [change] }) =>
            change ? (
              <>
                <h3>{t("board.moved", { step: scoreStep(change, t("why.none")) })}</h3>
                <PointBars change={change} />
              </>
            ) : (
              <h3>{t("board.notMoved")}</h3>
            )
          }
        </Loaded>
      </section>
    </>
  );
}

// Where the levels of a rule on the score itself begin.
function scoreGuides(rule: AlertRule | undefined) {
  if (rule?.condition.case !== "threshold" || rule.condition.value.value !== "health.score")
    return [];
  return rule.condition.value.levels.map(({ fireMicros }) => ({
    value: Number(fireMicros) / 1e6,
    label: String(Number(fireMicros) / 1e6),
    kind: "limit" as const,
  }));
}

function Chain({ alert }: { alert: Alert }) {
  const t = useText();
  const format = useFormat();
  const now = useServerNow();
  const roles = alert.responsibleRoles.map((role) => roleName(role, t)).join(", ");
  const left = alert.escalateTime ? timestampMs(alert.escalateTime) - now : undefined;
  const acknowledged = alert.state === AlertState.ACKNOWLEDGED;
  return (
    <section>
      <h3>{t("board.whoHasIt")}</h3>
      <p className={styles.chain}>
        {alert.assignee && (
          <span className={acknowledged || alert.escalationLevel === 0 ? styles.holds : styles.who}>
            {alert.assignee}
          </span>
        )}
        {!acknowledged && alert.escalationLevel > 0 && (
          <>
            <span aria-hidden="true">→</span>
            <span className={styles.holds}>{roles}</span>
          </>
        )}
        {!acknowledged && left !== undefined && (
          <>
            <span aria-hidden="true">→</span>
            <span className={styles.who}>
              {left > 0
                ? t("board.nextRungIn", { left: format.duration(left, true) })
                : t("board.escalatesNow")}
            </span>
          </>
        )}
        {!acknowledged && left === undefined && (
          <span className="muted">{t("board.topOfChain")}</span>
        )}
      </p>
    </section>
  );
}
