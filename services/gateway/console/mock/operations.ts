import type { ConnectRouter } from "@connectrpc/connect";
import { IngestService } from "../src/gen/proto/bellwether/ingest/v1/ingest_service_pb.js";

export class MockOperations {
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
    });
  }
}
