// A new silence: which alerts it covers is shown while its criteria change; reason and end are
// compulsory.
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { alerts } from "../../api/clients.ts";
import { describeError } from "../../api/errors.ts";
import { useActionsRefused } from "../../app/badge.tsx";
import type { Alert } from "../../gen/proto/bellwether/alerts/v1/alert_pb.js";
import { Level } from "../../gen/proto/bellwether/alerts/v1/rule_pb.js";
import { openAlerts } from "../../live/live.ts";
import { TIERS, tierName } from "../../shared/names.ts";
import { serverNow } from "../../shared/server_time.ts";
import { useStore } from "../../shared/store.ts";
import { useFormat, useText } from "../../shared/texts.ts";
import { Button } from "../../shared/ui/button.tsx";
import { Field, keepComposition } from "../../shared/ui/field.tsx";
import { LEVELS, LevelMark, levelKey } from "../../shared/ui/level.tsx";
import { Loaded } from "../../shared/ui/part.tsx";
import { Pill, PillRow } from "../../shared/ui/pill.tsx";
import { toast } from "../../shared/ui/toasts.tsx";
import styles from "./board.module.css";

const HOUR_MS = 3_600_000;
const SPANS_HOURS = [4, 24, 72, 168] as const;

interface Criteria {
  ruleIds: string[];
  accountIds: string[];
  tiers: string[];
  assignees: string[];
  maximumLevel: Level;
}

export function SilenceForm({ of, close }: { of: Alert | undefined; close: () => void }) {
  const t = useText();
  const format = useFormat();
  const queries = useQueryClient();
  const refused = useActionsRefused();
  const [criteria, setCriteria] = useState<Criteria>({
    ruleIds: of ? [of.ruleId] : [],
    accountIds: of?.accountId ? [of.accountId] : [],
    tiers: [],
    assignees: [],
    maximumLevel: Level.UNSPECIFIED,
  });
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState<number | undefined>();
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<{ field: string; message: string }>();
  const reasonError =
    asked && reason.trim() === "" ? t("silence.reasonMissing") : fieldError(error, "reason");
  const endError =
    asked && hours === undefined ? t("silence.endMissing") : fieldError(error, "end_time");
  const submit = async () => {
    setAsked(true);
    if (reason.trim() === "" || hours === undefined || refused) return;
    try {
      await alerts.createSilence({
        silence: {
          matchers: criteria,
          reason: reason.trim(),
          endTime: timestampFromMs(serverNow() + hours * HOUR_MS),
        },
        requestId: crypto.randomUUID(),
      });
      await queries.invalidateQueries({ queryKey: ["silences"] });
      toast({ kind: "done", text: t("silence.done") });
      close();
    } catch (failure) {
      const { field, message } = describeError(failure);
      setError({ field, message });
    }
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2>{t("silence.new")}</h2>
      <Criterias criteria={criteria} change={(part) => setCriteria({ ...criteria, ...part })} />
      <Preview criteria={criteria} />
      <Field label={t("silence.reason")} error={reasonError}>
        <input
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={keepComposition}
          maxLength={512}
          aria-required="true"
        />
      </Field>
      <div>
        <PillRow label={t("silence.end")}>
          <span className="muted">{t("silence.end")}</span>
          {SPANS_HOURS.map((each) => (
            <Pill key={each} on={hours === each} onPress={() => setHours(each)}>
              {format.duration(each * HOUR_MS)}
            </Pill>
          ))}
        </PillRow>
        {hours !== undefined && (
          <p className="muted">
            {t("silence.until", {
              at: format.instant(serverNow() + hours * HOUR_MS),
              zone: format.zoneName,
            })}
          </p>
        )}
        {endError && (
          <p className={styles.error} role="alert">
            {endError}
          </p>
        )}
      </div>
      {error && !reasonError && !endError && (
        <p className={styles.error} role="alert">
          {error.message}
        </p>
      )}
      <div className={styles.actions}>
        <Button kind="main" type="submit" disabledBecause={refused}>
          {t("silence.verb")}
        </Button>
        <Button kind="quiet" onPress={close}>
          {t("ui.cancel")}
        </Button>
      </div>
    </form>
  );
}

const fieldError = (error: { field: string; message: string } | undefined, field: string) =>
  error?.field.endsWith(field) ? error.message : undefined;

function Criterias({
  criteria,
  change,
}: {
  criteria: Criteria;
  change: (part: Partial<Criteria>) => void;
}) {
  const t = useText();
  const { byName } = useStore(openAlerts);
  const open = [...byName.values()].map((each) => each.alert);
  const nameOf = new Map(open.map((alert) => [alert.accountId, alert.subjectDisplayName]));
  const rules = [...new Set([...open.map((alert) => alert.ruleId), ...criteria.ruleIds])].sort();
  return (
    <>
      <Choice title={t("silence.rules")}>
        {rules.map((each) => (
          <Toggle
            key={each}
            value={each}
            list={criteria.ruleIds}
            change={(ruleIds) => change({ ruleIds })}
          >
            {each}
          </Toggle>
        ))}
      </Choice>
      {criteria.accountIds.length > 0 && (
        <Choice title={t("silence.accounts")}>
          {criteria.accountIds.map((each) => (
            <Toggle
              key={each}
              value={each}
              list={criteria.accountIds}
              change={(accountIds) => change({ accountIds })}
            >
              {nameOf.get(each) ?? each} ×
            </Toggle>
          ))}
        </Choice>
      )}
      <Choice title={t("silence.tiers")}>
        {TIERS.map((each) => (
          <Toggle
            key={each}
            value={each}
            list={criteria.tiers}
            change={(tiers) => change({ tiers })}
          >
            {tierName(each, t)}
          </Toggle>
        ))}
      </Choice>
      <Choice title={t("silence.upTo")}>
        {[...LEVELS].reverse().map((level) => (
          <Pill
            key={level}
            on={criteria.maximumLevel === level}
            onPress={() =>
              change({ maximumLevel: criteria.maximumLevel === level ? Level.UNSPECIFIED : level })
            }
          >
            {t(`level.${levelKey(level)}`)}
          </Pill>
        ))}
      </Choice>
    </>
  );
}

function Choice({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h3>{title}</h3>
      <PillRow label={title}>{children}</PillRow>
    </div>
  );
}

function Toggle({
  value,
  list,
  change,
  children,
}: {
  value: string;
  list: string[];
  change: (list: string[]) => void;
  children: ReactNode;
}) {
  const on = list.includes(value);
  return (
    <Pill
      on={on}
      onPress={() => change(on ? list.filter((each) => each !== value) : [...list, value])}
    >
      {children}
    </Pill>
  );
}

function Preview({ criteria }: { criteria: Criteria }) {
  const t = useText();
  const empty =
    criteria.ruleIds.length +
      criteria.accountIds.length +
      criteria.tiers.length +
      criteria.assignees.length ===
      0 && criteria.maximumLevel === Level.UNSPECIFIED;
  const preview = useQuery({
    queryKey: ["silence-preview", criteria],
    queryFn: () => alerts.previewSilence({ matchers: criteria, pageSize: 20 }),
    enabled: !empty,
    placeholderData: (previous) => previous,
  });
  if (empty) return <p className="muted">{t("silence.noCriteria")}</p>;
  return (
    <div className={styles.preview}>
      <Loaded what={t("silence.preview")} query={preview} rows={2}>
        {(data) => (
          <>
            <h3>{t("silence.covers", { count: Number(data.totalSize) })}</h3>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
            <ul tabIndex={0} aria-label={t("silence.preview")}>
              {data.alerts.map((alert) => (
                <li key={alert.name}>
                  <LevelMark level={alert.level} /> {alert.subjectDisplayName}{" "}
                  <span className="muted">{alert.ruleId}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </div>
  );
}
