import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  OpportunitiesService,
  type Opportunity,
  OpportunitySchema,
  State,
} from "../src/gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import type { MockAccounts } from "./accounts.ts";
import { DAY, type MockClock } from "./clock.ts";
import { Random } from "./random.ts";
import { refused } from "./refused.ts";

export const STAGES = [
  "lead",
  "needs-diagnosis",
  "solution",
  "negotiation-contract",
  "delivery-acceptance",
  "operation-renewal",
];
const PRODUCTS = ["Sensor platform", "Service desk", "Line control", "Analytics"];

export class MockPipeline {
  readonly all = new Map<string, Opportunity>();
  #clock: MockClock;

  constructor(clock: MockClock, accounts: MockAccounts) {
    this.#clock = clock;
    const random = new Random(77);
    for (let made = 0; made < 90; made++) {
      const account = random.pick(accounts.all);
      const state = made % 9 === 7 ? State.WON : made % 9 === 8 ? State.LOST : State.OPEN;
      const product = random.pick(PRODUCTS);
      const amount = BigInt(random.int(8, 900)) * 1_000_000n;
      const of = create(OpportunitySchema, {
        name: `opportunities/deal-${made + 1}`,
        account: `accounts/${account.id}`,
        title: `${product} for ${account.name.split(" ")[0]}`,
        state,
        stage: random.pick(STAGES),
        owner: account.owner,
        product,
        amount: {
          currencyCode: made % 6 === 0 ? "USD" : "CNY",
          amountMinor: made % 6 === 0 ? amount / 7n : amount,
          baseAmountMinor: amount,
        },
        engageTime: clock.at(random.int(3, 200) * DAY),
        closeTime: state === State.OPEN ? undefined : clock.at(random.int(1, 60) * DAY),
        lossReason: state === State.LOST ? "competitor" : "",
        source: random.pick(["referral", "summit", "web form"]),
        updateTime: clock.at(random.int(0, 40) * DAY),
        etag: "1",
      });
      this.all.set(of.name, of);
    }
  }

  #find(name: string): Opportunity {
    const found = this.all.get(name);
    if (!found) throw new ConnectError(`there is no opportunity ${name}`, Code.NotFound);
    return found;
  }

  #change(name: string, etag: string, part: Partial<Opportunity>): Opportunity {
    const of = this.#find(name);
    if (etag && etag !== of.etag)
      throw new ConnectError("it has changed since it was read", Code.Aborted);
    const next = create(OpportunitySchema, {
      ...of,
      ...part,
      etag: String(Number(of.etag) + 1),
      updateTime: this.#clock.at(),
    });
    this.all.set(name, next);
    return next;
  }

  // As somebody else would.
  advance(name: string, stage: string): void {
    this.#change(name, "", { stage });
  }

  routes(router: ConnectRouter): void {
    router.service(OpportunitiesService, {
      getOpportunity: ({ name }) => this.#find(name),
      listOpportunities: ({ account, state, owner, pageSize, pageToken }) => {
        const all = [...this.all.values()].filter(
          (each) =>
            (!account || each.account === account) &&
            (!state || each.state === state) &&
            (!owner || each.owner === owner),
        );
        const from = Number(pageToken || 0);
        const size = pageSize || 50;
        return {
          opportunities: all.slice(from, from + size),
          nextPageToken: from + size < all.length ? String(from + size) : "",
          totalSize: BigInt(all.length),
        };
      },
      advanceOpportunity: ({ name, stage, etag }) => {
        const of = this.#find(name);
        if (of.state !== State.OPEN) throw refused("it is not open", "NOT_OPEN");
        if (STAGES.indexOf(stage) <= STAGES.indexOf(of.stage))
          throw refused("a deal only moves to a later stage", "STAGE_NOT_LATER", "stage");
        return this.#change(name, etag, { stage });
      },
      winOpportunity: ({ name, etag }) =>
        this.#change(name, etag, { state: State.WON, closeTime: this.#clock.at() }),
      loseOpportunity: ({ name, etag, lossReason }) =>
        this.#change(name, etag, { state: State.LOST, lossReason, closeTime: this.#clock.at() }),
    });
  }
}
