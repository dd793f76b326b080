// Made-up services behind the console: what they say is seeded, and tests move it by controls.
import type { ConnectRouter } from "@connectrpc/connect";
import { MockAccounts } from "./accounts.ts";
import type { RaiseOptions } from "./alert_cases.ts";
import { MockAlerts } from "./alerts.ts";
import { MockClock } from "./clock.ts";
import { MockHealth } from "./health.ts";
import { MockNetwork } from "./network.ts";
import { MockOperations } from "./operations.ts";
import { MockPipeline } from "./pipeline.ts";

const ESCALATION_MS = 250;

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
  readonly clock = new MockClock();
  readonly network = new MockNetwork();
  accounts = new MockAccounts(this.clock);
  alerts = new MockAlerts(this.clock, this.accounts, this.network);
  health = new MockHealth(this.clock, this.accounts, this.network);
  pipeline = new MockPipeline(this.clock, this.accounts);
  operations = new MockOperations(this.clock);

  constructor() {
    setInterval(() => this.alerts.cases.escalateDue(), ESCALATION_MS).unref();
  }

  routes(router: ConnectRouter): void {
    this.accounts.routes(router);
    this.alerts.routes(router);
    this.health.routes(router);
    this.pipeline.routes(router);
    this.operations.routes(router);
  }

  control(name: string, body: Control): unknown {
    const { name: alert = "", level = 1, who = "", account = "", points = 0 } = body;
    const { stage = "", on = false, ms = 0, method = "", count = 0 } = body;
    switch (name) {
      case "raise":
        return { name: this.alerts.cases.raise(body) };
      case "raise-many":
        return { names: this.#raiseMany(count, level) };
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

  #done(_: unknown): object {
    return {};
  }
}
