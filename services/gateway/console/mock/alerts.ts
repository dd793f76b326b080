// The alert service of the mock: watch, calls, silences.
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  type Alert,
  AlertSchema,
  AlertState,
  type TimelineEntry,
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
import { ErrorDetailSchema } from "../src/gen/proto/bellwether/type/v1/error_pb.js";
import { WatchMarkKind } from "../src/gen/proto/bellwether/type/v1/watch_pb.js";
import type { MockAccounts } from "./accounts.ts";
import { AlertCases } from "./alert_cases.ts";
import { DAY, MINUTE, type MockClock } from "./clock.ts";
import type { MockNetwork } from "./network.ts";
import { principal } from "./principal.ts";
import { Random } from "./random.ts";
import { refused } from "./refused.ts";
import { RULES } from "./rules.ts";

export const HEARTBEAT_MS = 10_000;

export class MockAlerts {
  readonly cases: AlertCases;
  readonly silences: Silence[] = [];
  #clock: MockClock;
  #accounts: MockAccounts;
  #network: MockNetwork;

  constructor(clock: MockClock, accounts: MockAccounts, network: MockNetwork) {
    this.#clock = clock;
    this.#accounts = accounts;
    this.#network = network;
    this.cases = new AlertCases(clock, accounts);
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
      const name = this.cases.raise({
        rule: rule.id,
        account: account.id,
        level,
        agoMs: random.int(4, 6_000) * MINUTE,
        escalatesInMs: random.int(6, 2_000) * MINUTE,
        restated: made % 13 === 5,
      });
      if (made % 5 === 4)
        this.cases.acknowledge(name, random.pick(["chen.jing", "liu.yang", "he.jun"]), "");
      made++;
    }
    this.cases.raise({
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

  #matching(matchers: SilenceMatchers | undefined): Alert[] {
    if (!matchers) return [];
    const { ruleIds, accountIds, tiers, assignees, maximumLevel } = matchers;
    if (ruleIds.length + accountIds.length + tiers.length + assignees.length + maximumLevel === 0)
      return [];
    return this.cases
      .open()
      .filter(
        (alert) =>
          (ruleIds.length === 0 || ruleIds.includes(alert.ruleId)) &&
          (accountIds.length === 0 || accountIds.includes(alert.accountId)) &&
          (tiers.length === 0 || tiers.includes(alert.subjectTier)) &&
          (assignees.length === 0 || assignees.includes(alert.assignee)) &&
          (maximumLevel === Level.UNSPECIFIED || alert.level <= maximumLevel),
      );
  }

  async *#watch(resumeToken: string, signal: AbortSignal): AsyncGenerator<WatchAlertsResponse> {
    const changes = this.cases.changes.listen(signal);
    const first = changes.next(); // listening before the snapshot is read
    const known = Number(resumeToken);
    const resumes = resumeToken !== "" && known <= this.cases.position;
    yield this.#mark(resumes ? WatchMarkKind.RESUMED : WatchMarkKind.SNAPSHOT);
    if (resumes) {
      for (const name of this.cases.changedSince(known)) yield this.#asItStands(name);
    } else {
      for (const { alert } of this.cases.all)
        if (alert.state !== AlertState.RESOLVED) yield this.#asItStands(alert.name, true);
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
        const { alert, entry, version, position } = came.value;
        yield this.#response(alert, entry, version, position);
        next = changes.next();
      }
    }
  }

  #asItStands(name: string, openBefore = false): WatchAlertsResponse {
    const { alert, version } = this.cases.find(name);
    const { position } = this.cases;
    return this.#response(alert, alert.timeline.at(-1), version, position, openBefore);
  }

  #response(
    alert: Alert,
    entry: TimelineEntry | undefined,
    entityVersion: bigint,
    position: number,
    openBefore = false,
  ): WatchAlertsResponse {
    const sent = create(AlertSchema, { ...alert, timeline: [] });
    return create(WatchAlertsResponseSchema, {
      change: { alert: sent, entry, entityVersion },
      openBefore,
      resumeToken: String(position),
    });
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
          : String(this.cases.position),
    });
  }

  routes(router: ConnectRouter): void {
    router.service(AlertsService, {
      listAlerts: ({ subject, states }) => ({
        alerts: [...this.cases.all]
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
      getAlert: ({ name }) => this.cases.find(name).alert,
      acknowledgeAlert: ({ name, note }, context) =>
        this.cases.acknowledge(name, principal(context), note),
      unacknowledgeAlert: ({ name }, context) => this.cases.unacknowledge(name, principal(context)),
      resolveAlert: ({ name, reason, note }, context) =>
        this.cases.resolve(name, principal(context), reason, note),
      batchAcknowledgeAlerts: ({ alerts, note }, context) => ({
        results: alerts.map(({ name }) => {
          try {
            return { name, alert: this.cases.acknowledge(name, principal(context), note) };
          } catch (error) {
            const { code, rawMessage } = ConnectError.from(error);
            const detail = ConnectError.from(error).findDetails(ErrorDetailSchema)[0];
            return {
              name,
              alert: this.cases.find(name).alert,
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
