// Made-up services behind the console: what they say is seeded, and tests move it by controls.
import type { ConnectRouter } from "@connectrpc/connect";
import { AlertState } from "../src/gen/proto/bellwether/alerts/v1/alert_pb.js";
import { Level } from "../src/gen/proto/bellwether/alerts/v1/rule_pb.js";
import { MockAccounts, PEOPLE } from "./accounts.ts";
import type { RaiseOptions } from "./alert_cases.ts";
import { MockAlerts } from "./alerts.ts";
import { MINUTE, MockClock } from "./clock.ts";
import { MockFeeds } from "./feeds.ts";
import { MockHealth } from "./health.ts";
import { MockImports } from "./imports.ts";
import { MockNetwork } from "./network.ts";
import { MockOperations } from "./operations.ts";
import { MockPipeline } from "./pipeline.ts";
import { Random } from "./random.ts";
import { RULES } from "./rules.ts";

const ESCALATION_MS = 250;
const ACCOUNTS = 120;

// What tests say: RaiseOptions, and the rest of what the controls below take.
interface Control extends RaiseOptions {
  name?: string;
  who?: string;
  stage?: string;
  points?: number;
  on?: boolean;
  ms?: number;
  method?: string;
  count?: number;
}

export class World {
  readonly clock: MockClock;
  readonly network = new MockNetwork();
  readonly accounts: MockAccounts;
  readonly alerts: MockAlerts;
  readonly health: MockHealth;
  readonly pipeline: MockPipeline;
  readonly operations: MockOperations;
  readonly imports: MockImports;
  readonly feeds: MockFeeds;
  #storm: NodeJS.Timeout | undefined;

  constructor({ accounts = ACCOUNTS, stoppedMs }: { accounts?: number; stoppedMs?: number }) {
    this.clock = new MockClock(stoppedMs);
    this.accounts = new MockAccounts(this.clock, accounts);
    this.alerts = new MockAlerts(this.clock, this.accounts, this.network);
    this.imports = new MockImports(this.clock);
    this.health = new MockHealth(this.clock, this.accounts, this.network, this.imports);
    this.pipeline = new MockPipeline(this.clock, this.accounts);
    this.feeds = new MockFeeds(this.clock);
    this.operations = new MockOperations(this.clock, this.imports);
    setInterval(() => this.alerts.cases.escalateDue(), ESCALATION_MS).unref();
  }

  routes(router: ConnectRouter): void {
    this.accounts.routes(router);
    this.alerts.routes(router);
    this.health.routes(router);
    this.pipeline.routes(router);
    this.operations.routes(router);
    this.imports.routes(router);
    this.feeds.routes(router);
  }

  control(name: string, body: Control): unknown {
    const { name: alert = "", level = 1, who = "", account = "", points = 0 } = body;
    const { stage = "", on = false, ms = 0, method = "", count = 0 } = body;
    switch (name) {
      case "raise":
        return { name: this.alerts.cases.raise(body) };
      case "raise-many":
        return { names: this.#raiseMany(count, level) };
      case "fill":
        return { open: this.#fill(count) };
      case "storm":
        return this.#done(this.#stormAt(count));
      case "resolve":
        return this.#done(this.alerts.cases.resolve(alert, "system", "CONDITION_CLEARED"));
      case "level":
        return this.#done(this.alerts.cases.changeLevel(alert, level));
      case "acknowledge":
        return this.#done(this.alerts.cases.acknowledge(alert, who, ""));
      case "open":
        return this.alerts.cases
          .open()
          .map((each) => ({ name: each.name, level: each.level, account: each.accountId }));
      case "advance":
        return this.#done(this.pipeline.advance(alert, stage));
      case "move":
        return this.#done(this.health.move(account, points));
      case "cut":
        if (on) this.network.cut = true;
        else this.network.mend();
        return {};
      case "feed":
        this.feeds.silent = on;
        return {};
      case "run-takes":
        this.imports.runMs = ms;
        return {};
      case "clock":
        this.clock.offsetMs = ms;
        return {};
      case "fail":
        if (on) this.network.failing.add(method);
        else this.network.failing.delete(method);
        return {};
      default:
        throw new Error(`there is no control named ${name}`);
    }
  }

  // Above whatever is open: of strategic accounts that have no such alert yet.
  #raiseMany(count: number, level: number): string[] {
    const open = new Set(this.alerts.cases.open().map((each) => each.name));
    const names: string[] = [];
    for (const account of this.accounts.all) {
      if (names.length === count) break;
      if (open.has(`alerts/R13-account-${account.id}`)) continue;
      names.push(this.alerts.cases.raise({ rule: "R13", account: account.id, level }));
    }
    return names;
  }

  // Raises until `count` are open, of every rule and account.
  #fill(count: number): number {
    const random = new Random(17);
    const open = new Set(this.alerts.cases.open().map((each) => each.name));
    for (const { id: account } of this.accounts.all)
      for (const { id: rule, levels } of RULES) {
        if (open.size >= count) return open.size;
        if (open.has(`alerts/${rule}-account-${account}`)) continue;
        const agoMs = random.int(4, 6_000) * MINUTE;
        const escalatesInMs = random.int(60, 6_000) * MINUTE;
        const level = random.pick(levels);
        open.add(this.alerts.cases.raise({ rule, account, level, agoMs, escalatesInMs }));
      }
    return open.size;
  }

  // So many changes a second, evenly, until told 0: levels move, people take and give back, some
  // end and come again.
  #stormAt(perSecond: number): void {
    clearInterval(this.#storm);
    if (perSecond === 0) return;
    const random = new Random(23);
    const { cases } = this.alerts;
    const names = cases.open().map((each) => each.name);
    this.#storm = setInterval(() => {
      const name = random.pick(names);
      const { alert } = cases.find(name);
      const rule = RULES.find((each) => each.id === alert.ruleId)!;
      if (alert.state === AlertState.RESOLVED)
        cases.raise({ rule: rule.id, account: alert.accountId, level: random.pick(rule.levels) });
      else if (alert.state === AlertState.ACKNOWLEDGED) cases.unacknowledge(name, alert.assignee);
      else if (random.chance(0.3)) cases.resolve(name, "system", "CONDITION_CLEARED");
      else if (random.chance(0.4)) cases.acknowledge(name, random.pick(PEOPLE), "");
      else cases.changeLevel(name, random.pick([Level.YELLOW, Level.ORANGE, Level.RED]));
    }, 1_000 / perSecond);
  }

  #done(_: unknown): object {
    return {};
  }
}
