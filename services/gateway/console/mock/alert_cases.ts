// The alerts of the mock and what happens to them, each change told to whoever listens.
import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type Alert,
  AlertSchema,
  AlertState,
  type TimelineEntry,
  TimelineEntrySchema,
  TimelineKind,
} from "../src/gen/proto/bellwether/alerts/v1/alert_pb.js";
import type { Level } from "../src/gen/proto/bellwether/alerts/v1/rule_pb.js";
import { SubjectType } from "../src/gen/proto/bellwether/events/v1/subject_pb.js";
import type { MockAccount, MockAccounts } from "./accounts.ts";
import { Broadcast } from "./broadcast.ts";
import { HOUR, type MockClock } from "./clock.ts";
import { refused } from "./refused.ts";
import { type MockRule, RULES } from "./rules.ts";

const RUNGS = [
  ["account-manager"],
  ["sales-director", "customer-success-director"],
  ["executive-team"],
  ["chief-executive"],
];
const WEIGHTS: Record<string, number> = {
  "strategic-partner": 60,
  core: 30,
  development: 10,
  potential: 5,
};

interface Case {
  alert: Alert;
  version: bigint;
  // Who had it before it was acknowledged.
  assigneeBefore: string;
}

// An alert as a change left it.
export interface CaseChange {
  alert: Alert;
  version: bigint;
  entry: TimelineEntry;
  // How many changes there are up to this one.
  position: number;
}

export interface RaiseOptions {
  rule?: string;
  account?: string;
  level?: Level;
  agoMs?: number;
  escalatesInMs?: number;
  backfill?: boolean;
  restated?: boolean;
}

export class AlertCases {
  readonly changes = new Broadcast<CaseChange>();
  #cases = new Map<string, Case>();
  #log: string[] = [];
  #version = 1_000n;
  #clock: MockClock;
  #accounts: MockAccounts;

  constructor(clock: MockClock, accounts: MockAccounts) {
    this.#clock = clock;
    this.#accounts = accounts;
  }

  get all(): Iterable<Case> {
    return this.#cases.values();
  }

  // How many changes there have been.
  get position(): number {
    return this.#log.length;
  }

  // Names of those that changed after `position`.
  changedSince(position: number): Set<string> {
    return new Set(this.#log.slice(position));
  }

  find(name: string): Case {
    const found = this.#cases.get(name);
    if (!found) throw new ConnectError(`there is no alert ${name}`, Code.NotFound);
    return found;
  }

  raise(options: RaiseOptions): string {
    const rule = RULES.find((each) => each.id === (options.rule ?? "R13")) as MockRule;
    const account = options.account
      ? this.#accounts.find(options.account)
      : (this.#accounts.all[0] as MockAccount);
    const level = options.level ?? rule.levels[0]!;
    const agoMs = options.agoMs ?? 0;
    const value = rule.value(level);
    const texts = rule.text(account.name, value);
    const rung = level - 1;
    const name = `alerts/${rule.id}-account-${account.id}`;
    const entry = this.#entry(TimelineKind.FIRED, "system", "THRESHOLD_CROSSED", "", level, agoMs);
    const receiver = create(TimelineEntrySchema, {
      ...this.#entry(
        TimelineKind.NOTIFIED,
        "system",
        "",
        "wecom: chen.jing; delivered in 0.8 s",
        level,
        agoMs,
      ),
    });
    const alert = create(AlertSchema, {
      name,
      ruleId: rule.id,
      ruleVersion: 1,
      subject: account.id,
      subjectType: SubjectType.ACCOUNT,
      subjectDisplayName: account.name,
      subjectTier: account.tier,
      accountId: account.id,
      state: AlertState.FIRING,
      level,
      priority: BigInt(level * (WEIGHTS[account.tier] ?? 1)),
      title: rule.title,
      titleZh: rule.titleZh,
      text: texts.en,
      textZh: texts.zh,
      valueName: rule.valueName,
      valueMicros: BigInt(Math.round(value * 1e6)),
      fireTime: this.#clock.at(agoMs),
      sinceTime: this.#clock.at(agoMs),
      assignee: account.owner,
      escalationLevel: rung,
      responsibleRoles: RUNGS[rung]!,
      escalateTime: rung < 3 ? this.#clock.at(-(options.escalatesInMs ?? 8 * HOUR)) : undefined,
      ruleCause: rule.cause,
      playbook: rule.playbook,
      backfill: options.backfill ?? false,
      restated: options.restated ?? false,
      valueAtRiskMinor: rule.risk ? BigInt((account.id.length * 7_919 + 300) * 1_000) : 0n,
      timeline: [entry, receiver, this.#notNotified(level, agoMs)],
    });
    if (options.restated)
      alert.timeline.push(
        this.#entry(
          TimelineKind.RESTATED,
          "system",
          "LATE_FACT",
          "2026-11-28: shown 69.40, known now 70.90",
          level,
          agoMs / 2,
        ),
      );
    this.#store(alert, alert.assignee, entry);
    return name;
  }

  #notNotified(level: Level, agoMs: number): TimelineEntry {
    return create(TimelineEntrySchema, {
      ...this.#entry(
        TimelineKind.NOTIFICATION_FAILED,
        "li.wen",
        "OUT_OF_OFFICE",
        "until Thursday; substitute notified",
        level,
        agoMs,
      ),
    });
  }

  #entry(
    kind: TimelineKind,
    actor: string,
    reason: string,
    note: string,
    level: Level,
    agoMs = 0,
  ): TimelineEntry {
    return create(TimelineEntrySchema, {
      time: this.#clock.at(agoMs),
      kind,
      actor,
      reason,
      note,
      level,
    });
  }

  #store(alert: Alert, assigneeBefore: string, entry: TimelineEntry): Alert {
    this.#version += 1n;
    alert.etag = String(this.#version);
    this.#cases.set(alert.name, { alert, version: this.#version, assigneeBefore });
    this.#log.push(alert.name);
    this.changes.send({ alert, version: this.#version, entry, position: this.position });
    return alert;
  }

  #change(name: string, entry: TimelineEntry, part: Partial<Alert>): Alert {
    const { alert, assigneeBefore } = this.find(name);
    const next = create(AlertSchema, { ...alert, ...part, timeline: [...alert.timeline, entry] });
    return this.#store(next, part.assignee === undefined ? assigneeBefore : alert.assignee, entry);
  }

  acknowledge(name: string, who: string, note: string): Alert {
    const { alert } = this.find(name);
    if (alert.state === AlertState.ACKNOWLEDGED)
      throw refused(`already acknowledged by ${alert.assignee}`, "ALREADY_ACKNOWLEDGED");
    if (alert.state !== AlertState.FIRING) throw refused("it is not firing", "NOT_FIRING");
    return this.#change(name, this.#entry(TimelineKind.ACKNOWLEDGED, who, "", note, alert.level), {
      state: AlertState.ACKNOWLEDGED,
      acknowledgeTime: this.#clock.at(),
      assignee: who,
      escalateTime: undefined,
    });
  }

  unacknowledge(name: string, who: string): Alert {
    const { alert, assigneeBefore } = this.find(name);
    if (alert.state !== AlertState.ACKNOWLEDGED)
      throw refused("nobody has acknowledged it", "NOT_ACKNOWLEDGED");
    return this.#change(name, this.#entry(TimelineKind.UNACKNOWLEDGED, who, "", "", alert.level), {
      state: AlertState.FIRING,
      assignee: assigneeBefore,
      escalateTime: this.#clock.at(-4 * HOUR),
    });
  }

  resolve(name: string, who: string, reason: string, note = ""): Alert {
    const { level } = this.find(name).alert;
    const kind =
      reason === "CONDITION_CLEARED" || who !== "system"
        ? TimelineKind.RESOLVED
        : TimelineKind.CLOSED;
    return this.#change(name, this.#entry(kind, who, reason, note, level), {
      state: AlertState.RESOLVED,
      resolveTime: this.#clock.at(),
      resolveReason: reason,
      escalateTime: undefined,
    });
  }

  changeLevel(name: string, level: Level): Alert {
    const { alert } = this.find(name);
    const raised = level > alert.level;
    const kind = raised ? TimelineKind.LEVEL_RAISED : TimelineKind.LEVEL_LOWERED;
    return this.#change(name, this.#entry(kind, "system", "THRESHOLD_CROSSED", "", level), {
      level,
      priority: (alert.priority / BigInt(alert.level)) * BigInt(level),
      ...(raised ? { state: AlertState.FIRING, escalateTime: this.#clock.at(-4 * HOUR) } : {}),
    });
  }

  escalate(name: string): Alert {
    const { alert } = this.find(name);
    const rung = Math.min(RUNGS.length - 1, alert.escalationLevel + 1);
    return this.#change(
      name,
      this.#entry(TimelineKind.ESCALATED, "system", "UNACKNOWLEDGED", "", alert.level),
      {
        escalationLevel: rung,
        responsibleRoles: RUNGS[rung]!,
        escalateTime: rung < RUNGS.length - 1 ? this.#clock.at(-4 * HOUR) : undefined,
      },
    );
  }

  // As a timer would: whatever is due goes one rung up.
  escalateDue(): void {
    for (const { alert } of [...this.#cases.values()])
      if (
        alert.state === AlertState.FIRING &&
        alert.escalateTime &&
        timestampMs(alert.escalateTime) <= this.#clock.now()
      )
        this.escalate(alert.name);
  }

  open(): Alert[] {
    return [...this.#cases.values()]
      .map((each) => each.alert)
      .filter((alert) => alert.state !== AlertState.RESOLVED && !alert.backfill)
      .sort(
        (a, b) =>
          Number(b.priority - a.priority) || Number(b.valueAtRiskMinor - a.valueAtRiskMinor),
      );
  }
}
