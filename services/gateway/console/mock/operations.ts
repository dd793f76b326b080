import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import {
  AnswerState,
  type DeadLetter,
  DeadLetterSchema,
  IngestService,
} from "../src/gen/proto/bellwether/ingest/v1/ingest_service_pb.js";
import { MINUTE, type MockClock } from "./clock.ts";

const PARTITIONS = 12;
const REFUSALS = [
  ["AMOUNT_NOT_INTEGER", "fact.order_placed.amount.amount_minor", '{"amount_minor": 12.5}'],
  ["MISSING_ACCOUNT", "subject", '{"case_id": "4711"}'],
  ["TIME_AHEAD", "time", '{"time": "2027-01-01T00:00:00Z"}'],
] as const;

export class MockOperations {
  readonly letters: DeadLetter[];

  constructor(clock: MockClock) {
    this.letters = Array.from({ length: 23 }, (_, made) => {
      const [reason, field, payload] = REFUSALS[made % REFUSALS.length]!;
      return create(DeadLetterSchema, {
        name: `deadLetters/${made % PARTITIONS}-${4_000 + made}`,
        deadTime: clock.at(made * 47 * MINUTE),
        rejection: { reason, field, rule: "X1", message: `${field} is not acceptable` },
        refusedBy: "gateway",
        key: reason === "MISSING_ACCOUNT" ? "" : "ankun-insurance",
        headers: { ce_source: "crm/salesforce", ce_id: `evt-${made}` },
        value: new TextEncoder().encode(payload),
      });
    });
  }

  routes(router: ConnectRouter): void {
    router.service(IngestService, {
      getCurrencies: () => ({
        reportingCurrency: "CNY",
        currencies: [
          { code: "CNY", minorDigits: 2, rateMicros: 1_000_000n },
          { code: "USD", minorDigits: 2, rateMicros: 7_120_000n },
          { code: "JPY", minorDigits: 0, rateMicros: 4_680_000n, perUnits: 100n },
        ],
      }),
      listDeadLetters: () => ({ deadLetters: this.letters }),
      replayDeadLetter: ({ name }) => {
        const letter = this.letters.find((each) => each.name === name)!;
        if (letter.rejection?.reason === "MISSING_ACCOUNT")
          return { answer: { state: AnswerState.REJECTED, rejection: letter.rejection } };
        letter.replayed = true;
        return { answer: { state: AnswerState.ACCEPTED } };
      },
    });
  }
}
