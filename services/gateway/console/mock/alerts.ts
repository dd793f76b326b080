import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import {
  type Alert,
  AlertSchema,
  AlertState,
  type TimelineEntry,
  TimelineEntrySchema,
  TimelineKind,
} from "../src/gen/proto/bellwether/alerts/v1/alert_pb.js";
import {
  AlertsService,
  type WatchAlertsResponse,
  WatchAlertsResponseSchema,
} from "../src/gen/proto/bellwether/alerts/v1/alerts_service_pb.js";
import { Level } from "../src/gen/proto/bellwether/alerts/v1/rule_pb.js";
import {
  type Silence,
  type SilenceMatchers,
  SilenceSchema,
} from "../src/gen/proto/bellwether/alerts/v1/silence_pb.js";
import { SubjectType } from "../src/gen/proto/bellwether/events/v1/subject_pb.js";
import { ErrorDetailSchema } from "../src/gen/proto/bellwether/type/v1/error_pb.js";
import { WatchMarkKind } from "../src/gen/proto/bellwether/type/v1/watch_pb.js";
import type { MockAccount, MockAccounts } from "./accounts.ts";
import { Broadcast } from "./broadcast.ts";
import { DAY, HOUR, MINUTE, type MockClock } from "./clock.ts";
import type { MockNetwork } from "./network.ts";
import { Random } from "./random.ts";
import { type MockRule, RULES } from "./rules.ts";

export const HEARTBEAT_MS = 10_000;
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

export interface RaiseOptions {
  rule?: string;
  account?: string;
  level?: Level;
  agoMs?: number;
  escalatesInMs?: number;
  backfill?: boolean;
  restated?: boolean;
}

export class MockAlerts {
  readonly cases = new Map<string, Case>();
  readonly silences: Silence[] = [];
  #changes = new Broadcast<WatchAlertsResponse>();
  #version = 1_000n;
  #log: string[] = [];
  #clock: MockClock;
  #accounts: MockAccounts;
  #network: MockNetwork;

  constructor(clock: MockClock, accounts: MockAccounts, network: MockNetwork) {
    this.#clock = clock;
    this.#accounts = accounts;
    this.#network = network;
    this.#seed();
  }

  #seed(): void {
    const random = new Random(5);
    const taken = new Set<string>();
    for (let made = 0; made < 32; ) {
      const rule = random.pick(RULES);
      const account = random.pick(this.#accounts.all);
      if (taken.has(`${rule.id}-${account.id}`)) continue;
      taken.add(`${rule.id}-${account.id}`);
      const levels = rule.levels;
      const level = made < 4 && levels.includes(Level.RED) ? Level.RED : random.pick(levels);
      const name = this.raise({
        rule: rule.id,
        account: account.id,
        level,
        agoMs: random.int(4, 6_000) * MINUTE,
        escalatesInMs: random.int(6, 2_000) * MINUTE,
        restated: made % 13 === 5,
      });
      if (made % 5 === 4)
        this.acknowledge(name, random.pick(["chen.jing", "liu.yang", "he.jun"]), "");
      made++;
    }
    this.raise({
      rule: "R13",
      account: this.#accounts.all[60]!.id,
      backfill: true,
      agoMs: 90 * DAY,
    });
    this.silences.push(
      create(SilenceSchema, {
        name: "silences/plant-move",
        matchers: { accountIds: [this.#accounts.all[3]!.id] },
        reason: "Plant moves to Suzhou, no orders until the 12th",
        author: "zhou.xin",
        startTime: this.#clock.at(2 * DAY),
        endTime: this.#clock.at(-9 * DAY),
        active: true,
        etag: "1",
      }),
      create(SilenceSchema, {
        name: "silences/forgotten",
        matchers: { ruleIds: ["R49"], tiers: ["strategic-partner"] },
        reason: "Load test of the portal",
        author: "wang.fang",
        startTime: this.#clock.at(20 * DAY),
        endTime: this.#clock.at(-2 * DAY),
        active: true,
        etag: "1",
      }),
    );
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
    this.cases.set(alert.name, { alert, version: this.#version, assigneeBefore });
    this.#log.push(alert.name);
    this.#changes.send(this.#response(alert.name, entry));
    return alert;
  }

  #response(
    name: string,
    entry: TimelineEntry | undefined,
    openBefore = false,
  ): WatchAlertsResponse {
    const { alert, version } = this.#case(name);
    const sent = create(AlertSchema, { ...alert, timeline: [] });
    return create(WatchAlertsResponseSchema, {
      change: { alert: sent, entry, entityVersion: version },
      openBefore,
      resumeToken: String(this.#log.length),
    });
  }

  #case(name: string): Case {
    const found = this.cases.get(name);
    if (!found) throw new ConnectError(`there is no alert ${name}`, Code.NotFound);
    return found;
  }

  #change(name: string, entry: TimelineEntry, part: Partial<Alert>): Alert {
    const { alert, assigneeBefore } = this.#case(name);
    const next = create(AlertSchema, { ...alert, ...part, timeline: [...alert.timeline, entry] });
    return this.#store(next, part.assignee === undefined ? assigneeBefore : alert.assignee, entry);
  }

  acknowledge(name: string, who: string, note: string): Alert {
    const { alert } = this.#case(name);
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
    const { alert, assigneeBefore } = this.#case(name);
    if (alert.state !== AlertState.ACKNOWLEDGED)
      throw refused("nobody has acknowledged it", "NOT_ACKNOWLEDGED");
    return this.#change(name, this.#entry(TimelineKind.UNACKNOWLEDGED, who, "", "", alert.level), {
      state: AlertState.FIRING,
      assignee: assigneeBefore,
      escalateTime: this.#clock.at(-4 * HOUR),
    });
  }

  resolve(name: string, who: string, reason: string, note = ""): Alert {
    const { level } = this.#case(name).alert;
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
    const { alert } = this.#case(name);
    const raised = level > alert.level;
    const kind = raised ? TimelineKind.LEVEL_RAISED : TimelineKind.LEVEL_LOWERED;
    return this.#change(name, this.#entry(kind, "system", "THRESHOLD_CROSSED", "", level), {
      level,
      priority: (alert.priority / BigInt(alert.level)) * BigInt(level),
      ...(raised ? { state: AlertState.FIRING, escalateTime: this.#clock.at(-4 * HOUR) } : {}),
    });
  }

  escalate(name: string): Alert {
    const { alert } = this.#case(name);
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
    for (const { alert } of [...this.cases.values()])
      if (
        alert.state === AlertState.FIRING &&
        alert.escalateTime &&
        timestampMs(alert.escalateTime) <= this.#clock.now()
      )
        this.escalate(alert.name);
  }

  open(): Alert[] {
    return [...this.cases.values()]
      .map((each) => each.alert)
      .filter((alert) => alert.state !== AlertState.RESOLVED && !alert.backfill)
      .sort(
        (a, b) =>
          Number(b.priority - a.priority) || Number(b.valueAtRiskMinor - a.valueAtRiskMinor),
      );
  }

  #matching(matchers: SilenceMatchers | undefined): Alert[] {
    if (!matchers) return [];
    const { ruleIds, accountIds, tiers, assignees, maximumLevel } = matchers;
    if (ruleIds.length + accountIds.length + tiers.length + assignees.length + maximumLevel === 0)
      return [];
    return this.open().filter(
      (alert) =>
        (ruleIds.length === 0 || ruleIds.includes(alert.ruleId)) &&
        (accountIds.length === 0 || accountIds.includes(alert.accountId)) &&
        (tiers.length === 0 || tiers.includes(alert.subjectTier)) &&
        (assignees.length === 0 || assignees.includes(alert.assignee)) &&
        (maximumLevel === Level.UNSPECIFIED || alert.level <= maximumLevel),
    );
  }

  async *#watch(resumeToken: string, signal: AbortSignal): AsyncGenerator<WatchAlertsResponse> {
    const changes = this.#changes.listen(signal);
    const first = changes.next(); // listening before the snapshot is read
    const known = Number(resumeToken);
    const resumes = resumeToken !== "" && known <= this.#log.length;
    yield this.#mark(resumes ? WatchMarkKind.RESUMED : WatchMarkKind.SNAPSHOT);
    if (resumes) {
      for (const name of new Set(this.#log.slice(known)))
        yield this.#response(name, this.#case(name).alert.timeline.at(-1));
    } else {
      for (const { alert } of this.cases.values())
        if (alert.state !== AlertState.RESOLVED)
          yield this.#response(alert.name, alert.timeline.at(-1), true);
    }
    yield this.#mark(WatchMarkKind.SNAPSHOT_END);
    let next = first;
    while (!signal.aborted) {
      let beat: NodeJS.Timeout | undefined;
      const heartbeat = new Promise<undefined>((resolve) => {
        beat = setTimeout(() => resolve(undefined), HEARTBEAT_MS);
      });
      const came = await Promise.race([next, heartbeat]);
      clearTimeout(beat);
      await this.#network.passes();
      if (!came) yield this.#mark(WatchMarkKind.HEARTBEAT);
      else if (came.done) return;
      else {
        yield came.value;
        next = changes.next();
      }
    }
  }

  #mark(kind: WatchMarkKind): WatchAlertsResponse {
    return create(WatchAlertsResponseSchema, {
      mark: {
        kind,
        serverTime: this.#clock.at(),
        heartbeatInterval: { seconds: BigInt(HEARTBEAT_MS / 1000) },
      },
      resumeToken:
        kind === WatchMarkKind.SNAPSHOT || kind === WatchMarkKind.RESUMED
          ? ""
          : String(this.#log.length),
    });
  }

  routes(router: ConnectRouter): void {
    router.service(AlertsService, {
      listAlerts: ({ subject, states }) => ({
        alerts: [...this.cases.values()]
          .map((each) => each.alert)
          .filter(
            (alert) =>
              (!subject || alert.subject === subject || alert.accountId === subject) &&
              !alert.backfill,
          )
          .filter((alert) =>
            states.length === 0
              ? alert.state !== AlertState.RESOLVED
              : states.includes(alert.state),
          ),
      }),
      getAlert: ({ name }) => this.#case(name).alert,
      acknowledgeAlert: ({ name, note }, context) =>
        this.acknowledge(name, principal(context), note),
      unacknowledgeAlert: ({ name }, context) => this.unacknowledge(name, principal(context)),
      resolveAlert: ({ name, reason, note }, context) =>
        this.resolve(name, principal(context), reason, note),
      batchAcknowledgeAlerts: ({ alerts, note }, context) => ({
        results: alerts.map(({ name }) => {
          try {
            return { name, alert: this.acknowledge(name, principal(context), note) };
          } catch (error) {
            const { code, rawMessage } = ConnectError.from(error);
            const detail = ConnectError.from(error).findDetails(ErrorDetailSchema)[0];
            return {
              name,
              alert: this.cases.get(name)?.alert,
              refusal: { code, message: rawMessage, detail },
            };
          }
        }),
      }),
      watchAlerts: (request, context) => this.#watch(request.resumeToken, context.signal),
      listRules: () => ({ rules: RULES.map((rule) => rule.message) }),
      listSilences: () => ({
        silences: this.silences
          .filter((each) => each.endedBy === "")
          .map((each) => ({ ...each, matchCount: BigInt(this.#matching(each.matchers).length) })),
      }),
      previewSilence: ({ matchers }) => {
        const matched = this.#matching(matchers);
        return { alerts: matched.slice(0, 50), totalSize: BigInt(matched.length) };
      },
      createSilence: ({ silence }, context) => {
        if (!silence?.reason)
          throw refused("a silence has a reason", "REASON_MISSING", "silence.reason");
        const made = create(SilenceSchema, {
          ...silence,
          name: `silences/${this.silences.length + 1}`,
          author: principal(context),
          startTime: this.#clock.at(),
          active: true,
          etag: "1",
        });
        this.silences.push(made);
        return { ...made, matchCount: BigInt(this.#matching(made.matchers).length) };
      },
      endSilence: ({ name }, context) => {
        const found = this.silences.find((each) => each.name === name);
        if (!found) throw new ConnectError(`there is no silence ${name}`, Code.NotFound);
        found.endedBy = principal(context);
        found.endTime = this.#clock.at();
        found.active = false;
        return found;
      },
    });
  }
}

function principal(context: HandlerContext): string {
  const who = context.requestHeader.get("bellwether-principal");
  if (!who)
    throw new ConnectError("say who you are", Code.Unauthenticated, undefined, [
      detail("PRINCIPAL_REQUIRED"),
    ]);
  return who;
}

function detail(reason: string, field = "") {
  return {
    desc: ErrorDetailSchema,
    value: { reason, field } as MessageInitShape<typeof ErrorDetailSchema>,
  };
}

export function refused(message: string, reason: string, field = ""): ConnectError {
  return new ConnectError(message, Code.FailedPrecondition, undefined, [detail(reason, field)]);
}
