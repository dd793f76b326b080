import { create } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import {
  type DeadLetter,
  type DeadLetterReplay,
  DeadLetterReplaySchema,
  DeadLetterSchema,
  IngestService,
  LetterReplayState,
  ReplayState,
} from "../src/gen/proto/bellwether/ingest/v1/ingest_service_pb.js";
import { SystemService } from "../src/gen/proto/bellwether/system/v1/system_service_pb.js";
import { DAY, HOUR, MINUTE, type MockClock } from "./clock.ts";
import type { MockImports } from "./imports.ts";

const SERVICES = ["gateway", "accounts", "opportunities", "health", "alerts"];
const PARTITIONS = 12;

export class MockOperations {
  readonly letters: DeadLetter[] = [];
  readonly replays: DeadLetterReplay[] = [];
  // A service that does not answer.
  dead = "opportunities";
  #clock: MockClock;
  #imports: MockImports;

  constructor(clock: MockClock, imports: MockImports) {
    this.#clock = clock;
    this.#imports = imports;
    const reasons = [
      [
        "AMOUNT_NOT_INTEGER",
        "fact.order_placed.amount.amount_minor",
        '{"type": "bellwether.fact.order_placed.v1", "data": {"order_placed": {"amount": {"amount_minor": 12.5}}}}',
      ],
      [
        "MISSING_ACCOUNT",
        "subject",
        '{"type": "bellwether.fact.case_opened.v1", "data": {"case_opened": {"case_id": "4711"}}}',
      ],
      [
        "TIME_AHEAD",
        "time",
        '{"type": "bellwether.fact.usage_reported.v1", "time": "2027-01-01T00:00:00Z"}',
      ],
    ] as const;
    for (let made = 0; made < 23; made++) {
      const [reason, field, payload] = reasons[made % 3]!;
      this.letters.push(
        create(DeadLetterSchema, {
          name: `deadLetters/${made % PARTITIONS}-${4_000 + made}`,
          deadTime: clock.at(made * 47 * MINUTE),
          rejection: { reason, field, rule: "X1", message: `${field} is not acceptable` },
          refusedBy: made % 7 === 6 ? "health" : "gateway",
          key: made % 3 === 1 ? "" : "ankun-insurance",
          headers: {
            ce_type: "bellwether.fact.order_placed.v1",
            ce_source: "crm/salesforce",
            ce_id: `evt-${made}`,
          },
          value: new TextEncoder().encode(payload),
          payloadText: payload,
        }),
      );
    }
  }

  #replayAll(names: string[], who: string): DeadLetterReplay {
    const replay = create(DeadLetterReplaySchema, {
      name: `deadLetterReplays/${this.replays.length + 1}`,
      state: ReplayState.DONE,
      principal: who,
      startTime: this.#clock.at(),
      endTime: this.#clock.at(),
      names,
    });
    for (const letter of this.letters.filter(
      (each) => names.length === 0 || names.includes(each.name),
    )) {
      const passedOver = letter.replayed;
      const refused = !passedOver && letter.rejection?.reason === "MISSING_ACCOUNT";
      if (passedOver) replay.passedOverCount += 1n;
      else if (refused) replay.refusedCount += 1n;
      else replay.acceptedCount += 1n;
      if (passedOver) continue;
      letter.replayed = !refused;
      letter.lastReplay = {
        $typeName: "bellwether.ingest.v1.LetterReplay",
        time: this.#clock.at(),
        principal: who,
        state: refused ? LetterReplayState.REFUSED : LetterReplayState.ACCEPTED,
        rejection: refused ? letter.rejection : undefined,
        replay: replay.name,
      };
    }
    this.replays.unshift(replay);
    return replay;
  }

  routes(router: ConnectRouter): void {
    const who = (context: HandlerContext) =>
      context.requestHeader.get("bellwether-principal") ?? "anonymous";
    router.service(IngestService, {
      getCurrencies: () => ({
        reportingCurrency: "CNY",
        currencies: [
          { code: "CNY", minorDigits: 2, rateMicros: 1_000_000n },
          { code: "USD", minorDigits: 2, rateMicros: 7_120_000n },
          { code: "JPY", minorDigits: 0, rateMicros: 4_680_000n, perUnits: 100n },
        ],
      }),
      withdrawImportRun: ({ importRun, reason }) => {
        this.#imports.withdrawn.set(importRun, reason);
        return {};
      },
      listDeadLetters: ({ filter }) => ({
        deadLetters: this.letters.filter(
          (each) =>
            (!filter?.reason || each.rejection?.reason === filter.reason) &&
            (!filter?.notReplayed || !each.replayed),
        ),
      }),
      replayDeadLetter: ({ name }, context) => {
        this.#replayAll([name], who(context));
        return { answer: { state: 1 } };
      },
      startDeadLetterReplay: ({ names }, context) => this.#replayAll(names, who(context)),
      listDeadLetterReplays: () => ({ replays: this.replays }),
    });
    router.service(SystemService, {
      getSystemStatus: () => ({
        serverTime: this.#clock.at(),
        services: SERVICES.map((service, at) => ({
          service,
          processes: [
            service === this.dead
              ? {
                  address: `127.0.0.1:${9_090 + at}`,
                  errorCode: 14,
                  errorMessage: "connection refused",
                }
              : {
                  address: "local",
                  status: {
                    service,
                    process: `${service}-1`,
                    ready: true,
                    startTime: this.#clock.at(3 * DAY),
                    measuredTime: this.#clock.at(300),
                    outbox: service === "accounts" ? { unsentCount: 0n } : undefined,
                    channels:
                      service === "alerts"
                        ? [
                            {
                              kind: "webhook",
                              name: "ops",
                              lastSuccessTime: this.#clock.at(4 * MINUTE),
                              waitingCount: 0n,
                            },
                            {
                              kind: "alertmanager",
                              name: "alertmanager-1:9093",
                              lastSuccessTime: this.#clock.at(6 * HOUR),
                              lastFailureTime: this.#clock.at(2 * MINUTE),
                              lastFailureReason: "TIMEOUT",
                              lastFailureDetail: "no answer within 5 s",
                              waitingCount: 14n,
                              failingCount: 14n,
                              oldestWaitingTime: this.#clock.at(5 * HOUR),
                            },
                          ]
                        : [],
                  },
                },
          ],
          lags:
            service === "health" || service === "alerts"
              ? Array.from({ length: PARTITIONS }, (_, partition) => ({
                  topic: service === "health" ? "bellwether.journal.v1" : "bellwether.signals.v1",
                  partition,
                  records: partition === 7 ? 1_204n : 0n,
                  behind: { seconds: partition === 7 ? 42n : 0n },
                  behindSinceTime: partition === 7 ? this.#clock.at(3 * MINUTE) : undefined,
                  measuredTime: this.#clock.at(300),
                  state: "live",
                }))
              : [],
        })),
      }),
    });
  }
}
