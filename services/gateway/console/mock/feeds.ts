import type { ConnectRouter } from "@connectrpc/connect";
import {
  FeedState,
  FeedsService,
  RhythmOrigin,
} from "../src/gen/proto/bellwether/ingest/v1/feeds_service_pb.js";
import { DAY, HOUR, MINUTE, type MockClock } from "./clock.ts";

const duration = (ms: number) => ({ seconds: BigInt(ms / 1_000) });

export class MockFeeds {
  // The feed of cases is silent until it comes.
  silent = true;
  #clock: MockClock;

  constructor(clock: MockClock) {
    this.#clock = clock;
  }

  routes(router: ConnectRouter): void {
    const at = (ago: number) => this.#clock.at(ago);
    const { DECLARED, LEARNED } = RhythmOrigin;
    router.service(FeedsService, {
      listFeeds: ({ state }) => {
        const heard = this.silent ? 30 * HOUR : MINUTE;
        const all = [
          {
            source: "crm/salesforce",
            kind: "case_opened",
            displayName: "Cases of the service desk",
            lastReceivedTime: at(heard),
            lastFactTime: at(heard + 4 * MINUTE),
            receivedCount: 18_204n,
            rhythm: duration(4 * HOUR),
            rhythmOrigin: DECLARED,
            state: this.silent ? FeedState.SILENT : FeedState.ON_TIME,
            silentFromTime: at(heard - 4 * HOUR),
          },
          {
            source: "erp/orders",
            kind: "order_placed",
            lastReceivedTime: at(11 * MINUTE),
            lastFactTime: at(12 * MINUTE),
            receivedCount: 84_120n,
            rhythm: duration(3 * DAY),
            rhythmOrigin: LEARNED,
            state: FeedState.ON_TIME,
            silentFromTime: at(-6 * DAY),
          },
          {
            source: "erp/iot",
            kind: "usage_reported",
            lastReceivedTime: at(2 * MINUTE),
            lastFactTime: at(2 * MINUTE),
            receivedCount: 271_000n,
            rhythm: duration(DAY),
            rhythmOrigin: LEARNED,
            state: FeedState.ON_TIME,
            silentFromTime: at(-2 * DAY),
          },
          {
            source: "survey/qualtrics",
            kind: "survey_answered",
            displayName: "Yearly survey",
            state: FeedState.AWAITED,
            rhythm: duration(30 * DAY),
            rhythmOrigin: DECLARED,
          },
          {
            source: "import/uploaded-orders",
            kind: "order_placed",
            lastReceivedTime: at(6 * DAY),
            lastFactTime: at(7 * DAY),
            receivedCount: 41n,
            state: FeedState.NO_RHYTHM,
          },
        ];
        return {
          feeds: all.filter((each) => state === FeedState.UNSPECIFIED || each.state === state),
          silentCount: this.silent ? 1 : 0,
          serverTime: at(0),
        };
      },
    });
  }
}
