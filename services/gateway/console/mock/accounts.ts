import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  type AccountSchema,
  AccountsService,
  RfmLevel,
} from "../src/gen/proto/bellwether/accounts/v1/accounts_service_pb.js";
import { DAY, type MockClock } from "./clock.ts";
import { Random } from "./random.ts";

export const TIERS = ["strategic-partner", "core", "development", "potential", "maintenance"];
export const PEOPLE = [
  "chen.jing",
  "wang.fang",
  "he.jun",
  "marc.owen",
  "zhang.min",
  "hu.bin",
  "liu.yang",
  "zhao.ning",
  "zhou.xin",
];
const FIRST = [
  "Ankun",
  "Chenlian",
  "Desheng",
  "Mingtai",
  "Kaikun",
  "Yunrui",
  "Saifeng",
  "Qilian",
  "Bochen",
  "Anchuan",
  "Langyuan",
  "Zhuofeng",
  "Hungyue",
  "Bohai",
  "Tianrui",
  "Huaxin",
];
const SECOND: readonly (readonly [string, string, string])[] = [
  ["Insurance", "finance", "保险"],
  ["Leasing", "finance", "租赁"],
  ["New Energy", "energy", "新能源"],
  ["Power Equipment", "manufacturing", "电力设备"],
  ["Communications", "telecom", "通信"],
  ["Medical Devices", "healthcare", "医疗器械"],
  ["Engineering", "manufacturing", "工程"],
  ["Supermarkets", "retail", "超市"],
  ["Supply Chain", "logistics", "供应链"],
  ["Education", "education", "教育"],
];

const NAMES = SECOND.flatMap(([second, industry]) =>
  FIRST.map((first) => [first, second, industry] as const),
);

export interface MockAccount {
  id: string;
  name: string;
  industry: string;
  tier: string;
  owner: string;
  standing: number;
}

export function seedAccounts(count: number): MockAccount[] {
  const random = new Random(11);
  const found: MockAccount[] = [];
  // More than there are names for: "Ankun Insurance 2".
  for (let series = 1; ; series++) {
    for (const [first, second, industry] of NAMES) {
      if (found.length === count) return found;
      const share = random.next();
      const name = `${first} ${second}${series > 1 ? ` ${series}` : ""}`;
      found.push({
        id: name.toLowerCase().replaceAll(" ", "-"),
        name,
        industry,
        tier: TIERS[
          share < 0.1 ? 0 : share < 0.3 ? 1 : share < 0.6 ? 2 : share < 0.85 ? 3 : 4
        ] as string,
        owner: random.pick(PEOPLE),
        standing: random.int(1, 3),
      });
    }
  }
}

export class MockAccounts {
  readonly all: MockAccount[];
  #clock: MockClock;

  constructor(clock: MockClock, count = 120) {
    this.all = seedAccounts(count);
    this.#clock = clock;
  }

  find(name: string): MockAccount {
    const id = name.replace(/^accounts\//, "");
    const found = this.all.find((each) => each.id === id);
    if (!found) throw new ConnectError(`there is no account ${name}`, Code.NotFound);
    return found;
  }

  #message(of: MockAccount): MessageInitShape<typeof AccountSchema> {
    return {
      name: `accounts/${of.id}`,
      legalName: `${of.name} Co., Ltd.`,
      shortName: of.name,
      industry: of.industry,
      region: "East",
      tier: of.tier,
      owner: of.owner,
      standing: of.standing,
      headcount: 1_200n,
      annualRevenue: {
        currencyCode: "CNY",
        amountMinor: 48_000_000_000n,
        baseAmountMinor: 48_000_000_000n,
      },
      annualPurchasingBudget: {
        currencyCode: "CNY",
        amountMinor: 120_000_000n,
        baseAmountMinor: 120_000_000n,
      },
      annualSalesBudget: {
        currencyCode: "CNY",
        amountMinor: 9_000_000n,
        baseAmountMinor: 9_000_000n,
      },
      team: [
        { person: of.owner, role: 1, fromTime: this.#clock.at(400 * DAY) },
        { person: "wang.fang", role: 2, fromTime: this.#clock.at(300 * DAY) },
        { person: "li.wen", role: 3, fromTime: this.#clock.at(90 * DAY) },
      ],
      tags: [
        { kind: 1, value: of.industry },
        { kind: 4, value: "late deliveries" },
      ],
      externalIds: [{ source: "crm/salesforce", id: `001${of.id.length}4711` }],
      customerSince: this.#clock.at(1100 * DAY),
      createTime: this.#clock.at(1100 * DAY),
      updateTime: this.#clock.at(3 * DAY),
      etag: "7",
    };
  }

  routes(router: ConnectRouter): void {
    router.service(AccountsService, {
      getAccount: ({ name }) => this.#message(this.find(name)),
      listAccounts: ({ owner, industry, tier, pageSize, pageToken }) => {
        const all = this.all.filter(
          (each) =>
            (!owner || each.owner === owner) &&
            (!industry || each.industry === industry) &&
            (!tier || each.tier === tier),
        );
        const from = Number(pageToken || 0);
        const size = pageSize || 50;
        return {
          accounts: all.slice(from, from + size).map((each) => this.#message(each)),
          nextPageToken: from + size < all.length ? String(from + size) : "",
          totalSize: BigInt(all.length),
        };
      },
      getRfm: ({ account }) => ({
        account,
        cutTime: this.#clock.at(10 * 3_600_000),
        level: (TIERS.indexOf(this.find(account).tier) + 1) as RfmLevel,
        recencyScore: 4,
        frequencyScore: 5,
        monetaryScore: 5,
        compositeMicros: 4_800_000n,
        recencyDays: 8n,
        orderCount: 41n,
        orderValueMinor: 104_872_500n,
        rank: 6n,
      }),
      listRfmHistory: ({ account }) => ({
        changes: [
          {
            rfm: { account, cutTime: this.#clock.at(120 * DAY), level: RfmLevel.STRATEGIC_PARTNER },
            previousLevel: RfmLevel.CORE,
          },
        ],
      }),
    });
  }
}
