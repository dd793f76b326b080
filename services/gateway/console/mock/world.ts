import type { ConnectRouter } from "@connectrpc/connect";
import { HealthService } from "../src/gen/proto/bellwether/health/v1/health_service_pb.js";

export class World {
  routes(router: ConnectRouter): void {
    router.service(HealthService, { getCalendar: () => ({ timeZone: "Asia/Shanghai" }) });
  }

  control(name: string, _body: Record<string, never>): unknown {
    throw new Error(`there is no control named ${name}`);
  }
}
