import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { CauseKind } from "../src/gen/proto/bellwether/events/v1/signal_pb.js";
import {
  type AccountHealth,
  AccountHealthSchema,
  HealthService,
  type HealthSnapshot,
  HealthSnapshotSchema,
  type RankHealthRequest,
  type ScoreChange,
  ScoreChangeSchema,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from "../src/gen/proto/bellwether/health/v1/health_service_pb.js";
import { MetricUnit } from "../src/gen/proto/bellwether/health/v1/model_pb.js";
import { WatchMarkKind } from "../src/gen/proto/bellwether/type/v1/watch_pb.js";
import { isoDay } from "../src/shared/format.ts";
import { type MockAccount, type MockAccounts, TIERS } from "./accounts.ts";
import { Broadcast } from "./broadcast.ts";
import { DAY, HOUR, type MockClock } from "./clock.ts";
import type { MockImports } from "./imports.ts";
import { CATALOGUE, DIMENSIONS, METRICS, MODEL } from "./model.ts";
import type { MockNetwork } from "./network.ts";
import { Random } from "./random.ts";

export const ZONE = "Asia/Shanghai";
const HISTORY_DAYS = 180;

const micros = (value: number) => BigInt(Math.round(value * 1e6));

interface Course {
  // Day by day up to today, in points.
  scores: number[];
  confidence: number;
}

export class MockHealth {
  #clock: MockClock;
  #accounts: MockAccounts;
  #network: MockNetwork;
  #imports: MockImports;
  #courses = new Map<string, Course>();
  #changes = new Broadcast<WatchHealthResponse>();
  #version = 1n;

  constructor(
    clock: MockClock,
    accounts: MockAccounts,
    network: MockNetwork,
    imports: MockImports,
  ) {
    this.#imports = imports;
    this.#clock = clock;
    this.#accounts = accounts;
    this.#network = network;
    accounts.all.forEach((account, index) => {
      const random = new Random(101 + index);
      let score = random.int(42, 92);
      const scores = Array.from({ length: HISTORY_DAYS }, () => {
        score = Math.min(97, Math.max(28, score + (random.next() - 0.5) * 3));
        return Math.round(score * 1e4) / 1e4;
      });
      this.#courses.set(account.id, { scores, confidence: index % 17 === 9 ? 0.42 : 0.93 });
    });
  }

  #course(account: string): Course {
    return this.#courses.get(this.#accounts.find(account).id) as Course;
  }

  // A fact came: the score moves at once.
  move(account: string, points: number): void {
    const course = this.#course(account);
    const before = course.scores.at(-1)!;
    course.scores[course.scores.length - 1] = Math.min(100, Math.max(0, before + points));
    this.#version += 1n;
    this.#changes.send(
      create(WatchHealthResponseSchema, {
        health: this.health(account),
        previousScoreMicros: micros(before),
        resumeToken: String(this.#version),
      }),
    );
  }

  health(account: string, daysAgo = 0): AccountHealth {
    const of = this.#accounts.find(account);
    const { scores, confidence } = this.#course(account);
    const index = Math.max(0, scores.length - 1 - daysAgo);
    const score = scores[index]!;
    const contributions = splitScore(score, of);
    return create(AccountHealthSchema, {
      account: `accounts/${of.id}`,
      displayName: of.name,
      scoreMicros: micros(score),
      bandId: bandOf(score),
      confidenceMicros: micros(confidence),
      lowConfidence: confidence < 0.5,
      dimensions: DIMENSIONS.map(([dimensionId, , , weight], at) => ({
        dimensionId,
        scoreMicros: contributions[at]!.score,
        contributionMicros: contributions[at]!.contribution,
        absent: dimensionId === "strategic-fit" && confidence < 0.5,
        weight,
      })),
      metrics: METRICS.map(([metric, dimension, unit], at) => ({
        metric,
        valueMicros: micros(
          unit === MetricUnit.RATIO ? (score - 70) / 100 : 4 + ((at * 7 + Math.round(score)) % 17),
        ),
        absent: metric === "value.roi" || (confidence < 0.5 && dimension !== "relationship"),
        pointsMicros: micros(score),
        contributionMicros: micros(score / METRICS.length),
      })),
      modelId: MODEL.modelId,
      modelVersion: MODEL.version,
      version: this.#version,
      asOf: this.#clock.at(daysAgo * DAY),
      attributes: {
        displayName: of.name,
        owner: of.owner,
        industry: of.industry,
        tier: of.tier,
        region: "East",
        others: { grade: "A" },
      },
      previousScoreMicros: micros(scores[Math.max(0, index - 1)]!),
    });
  }

  history(account: string): HealthSnapshot[] {
    const { scores, confidence } = this.#course(account);
    return scores
      .slice(0, -1)
      .map((score, index) => {
        const daysAgo = scores.length - 1 - index;
        return create(HealthSnapshotSchema, {
          day: isoDay(this.#clock.now() - daysAgo * DAY, ZONE),
          scoreMicros: micros(score),
          confidenceMicros: micros(confidence),
          bandId: bandOf(score),
          knownTime: this.#clock.at(daysAgo * DAY - HOUR),
          restated: daysAgo === 40,
          modelId: MODEL.modelId,
          modelVersion: daysAgo > 60 ? "2026-08-01" : MODEL.version,
        });
      })
      .reverse();
  }

  changes(account: string, from: number, to: number, limit: number): ScoreChange[] {
    const { scores } = this.#course(account);
    const now = this.#clock.now();
    const found: ScoreChange[] = [];
    const random = new Random(account.length + 3);
    for (let daysAgo = 0; daysAgo < 30 && found.length < limit; daysAgo++) {
      const midnight = now - daysAgo * DAY;
      if (midnight < from) break;
      if (midnight > to) continue;
      const after = scores[scores.length - 1 - daysAgo]!;
      const before = scores[scores.length - 2 - daysAgo]!;
      const byFact = daysAgo % 2 === 0;
      found.push(
        create(ScoreChangeSchema, {
          time: timestampFromMs(Math.round(midnight - random.int(1, 300) * 60_000)),
          cause: byFact
            ? {
                kind: CauseKind.FACT,
                type: "usage_reported",
                source: "erp/iot",
                id: `${583 - daysAgo}`,
                importRun: daysAgo === 4 ? "crm-2026-11" : "",
              }
            : { kind: CauseKind.DAY_CLOSED },
          scoreBeforeMicros: micros(before),
          scoreAfterMicros: micros(after),
          points: splitChange(micros(after) - micros(before), random),
          version: BigInt(1000 - daysAgo),
        }),
      );
    }
    return found;
  }

  #ranked(of: RankHealthRequest): AccountHealth[] {
    return this.#accounts.all
      .map((account) => this.health(account.id))
      .filter((health) => {
        const { tier, owner, industry } = health.attributes!;
        return (
          (!of.tier || tier === of.tier) &&
          (!of.withoutTier || !tier) &&
          (!of.owner || owner === of.owner) &&
          (!of.industry || industry === of.industry) &&
          (!of.bandId || (health.bandId === of.bandId && !health.lowConfidence)) &&
          (!of.lowConfidenceOnly || health.lowConfidence) &&
          (of.scoreFromMicros === undefined ||
            (!health.lowConfidence && health.scoreMicros >= of.scoreFromMicros)) &&
          (of.scoreBelowMicros === undefined ||
            (!health.lowConfidence && health.scoreMicros < of.scoreBelowMicros))
        );
      })
      .sort(
        (a, b) =>
          Number(a.lowConfidence) - Number(b.lowConfidence) ||
          Number(a.scoreMicros - b.scoreMicros),
      );
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<WatchHealthResponse> {
    const mark = (kind: WatchMarkKind) =>
      create(WatchHealthResponseSchema, {
        mark: { kind, serverTime: this.#clock.at(), heartbeatInterval: { seconds: 10n } },
        resumeToken: String(this.#version),
      });
    yield mark(WatchMarkKind.CHANGES_ONLY);
    for await (const change of this.#changes.listen(signal)) {
      await this.#network.passes();
      yield change;
    }
  }

  routes(router: ConnectRouter): void {
    router.service(HealthService, {
      getCalendar: () => ({ timeZone: ZONE }),
      getHealth: ({ account }) => this.health(account),
      batchGetHealth: ({ accounts }) => ({
        healths: accounts.map((account) => this.health(account)),
      }),
      getHealthModel: () => MODEL,
      getMetricCatalogue: () => CATALOGUE,
      rankHealth: (request) => {
        const all = this.#ranked(request);
        const from = Number(request.pageToken || 0);
        const size = request.pageSize || 50;
        return {
          healths: all.slice(from, from + size),
          nextPageToken: from + size < all.length ? String(from + size) : "",
        };
      },
      summarizeHealth: ({ binPoints }) => {
        const width = BigInt(binPoints || 5) * 1_000_000n;
        const all = this.#accounts.all.map((account) => this.health(account.id));
        const sure = all.filter((each) => !each.lowConfidence);
        const bins = [];
        for (let from = 0n; from < 100_000_000n; from += width)
          bins.push({
            fromMicros: from,
            belowMicros: from + width,
            count: BigInt(
              sure.filter((each) => each.scoreMicros >= from && each.scoreMicros < from + width)
                .length,
            ),
          });
        return {
          bins,
          cells: [...TIERS, ""].flatMap((tier) =>
            [...MODEL.bands.map((band) => band.bandId), ""].map((bandId) => ({
              tier,
              bandId,
              count: BigInt(
                all.filter(
                  (each) =>
                    each.attributes!.tier === tier &&
                    (each.lowConfidence ? "" : each.bandId) === bandId,
                ).length,
              ),
            })),
          ),
          bandIds: MODEL.bands.map((band) => band.bandId),
          scoredCount: BigInt(all.length),
          lowConfidenceCount: BigInt(all.length - sure.length),
          countTime: this.#clock.at(),
        };
      },
      listHealthMovers: ({ pageSize, order }) => {
        const movers = this.#accounts.all.map((of) => {
          const now = this.health(of.id);
          const main = this.changes(of.id, 0, this.#clock.now(), 1)[0]!;
          return {
            account: now.account,
            displayName: of.name,
            tier: of.tier,
            owner: of.owner,
            scoreBeforeMicros: now.previousScoreMicros,
            scoreAfterMicros: now.scoreMicros,
            pointsMicros: now.scoreMicros - now.previousScoreMicros,
            bandBeforeId: bandOf(Number(now.previousScoreMicros) / 1e6),
            bandAfterId: now.bandId,
            mainChange: main,
            mainMetric: main.points[0]?.metric ?? "",
            mainMetricPointsMicros: main.points[0]?.pointsMicros ?? 0n,
          };
        });
        const size = (points: bigint) => (points < 0n ? -points : points);
        movers.sort((a, b) =>
          order === 2
            ? Number(a.pointsMicros - b.pointsMicros)
            : order === 3
              ? Number(b.pointsMicros - a.pointsMicros)
              : Number(size(b.pointsMicros) - size(a.pointsMicros)),
        );
        return {
          movers: movers.slice(0, pageSize || 20),
          fromTime: this.#clock.at(DAY),
          toTime: this.#clock.at(),
        };
      },
      listHealthHistory: ({ account, pageSize }) => ({
        snapshots: this.history(account).slice(0, pageSize || 50),
      }),
      getHealthAsOf: ({ account, asOf }) =>
        this.health(account, asOf ? Math.round((this.#clock.now() - timestampMs(asOf)) / DAY) : 0),
      explainHealth: ({ account, fromTime, toTime, limit }) => ({
        current: this.health(account),
        changes: this.changes(
          account,
          fromTime ? timestampMs(fromTime) : this.#clock.now() - 7 * DAY,
          toTime ? timestampMs(toTime) : this.#clock.now(),
          limit || 20,
        ),
      }),
      watchHealth: (_, context) => this.#watch(context.signal),
      getFactOutcome: () => ({ outcome: 1, recordedTime: this.#clock.at(HOUR) }),
      listImportRuns: () => ({
        runs: [...RUNS, ...this.#imports.runs()].map((run) => ({
          ...run,
          withdrawn: this.#imports.withdrawn.has(run.importRun),
        })),
      }),
    });
  }
}

const RUNS = [
  {
    importRun: "crm-2026-11",
    complete: true,
    counted: 4_120n,
    duplicates: 12n,
    late: 3n,
    conflicts: 1n,
  },
  { importRun: "erp-2026-10", complete: true, counted: 18_400n, duplicates: 0n, tooOld: 7n },
];

function bandOf(score: number): string {
  return score >= 80 ? "healthy" : score >= 60 ? "watch" : "at-risk";
}

// Contributions that add up exactly to the score.
function splitScore(score: number, of: MockAccount) {
  const random = new Random(of.id.length * 31 + of.name.charCodeAt(0));
  const total = micros(score);
  let left = total;
  return DIMENSIONS.map(([, , , weight], at) => {
    const last = at === DIMENSIONS.length - 1;
    const contribution = last ? left : micros(score * weight * (0.85 + random.next() * 0.3));
    left -= contribution;
    return { contribution, score: BigInt(Math.round(Number(contribution) / weight)) };
  });
}

function splitChange(total: bigint, random: Random) {
  const count = random.int(2, 5);
  let left = total;
  return Array.from({ length: count }, (_, at) => {
    const [metric, dimensionId, unit] = METRICS[(at * 3 + random.int(0, 2)) % METRICS.length]!;
    const value = () =>
      micros(unit === MetricUnit.RATIO ? random.int(-300, 400) / 1000 : random.int(2, 20));
    const points = at === count - 1 ? left : (total * BigInt(random.int(5, 55))) / 100n;
    left -= points;
    return {
      metric,
      dimensionId,
      valueBeforeMicros: value(),
      valueAfterMicros: value(),
      pointsMicros: points,
    };
  });
}
