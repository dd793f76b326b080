// The SharedWorker: one hub for all tabs. A browser allows six connections to an origin over
// HTTP/1.1; a stream per tab would starve the seventh, and every command with it.
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { AlertsService } from "../gen/proto/bellwether/alerts/v1/alerts_service_pb.js";
import { HealthService } from "../gen/proto/bellwether/health/v1/health_service_pb.js";
import { LiveHub } from "./hub.ts";
import type { FromTab } from "./protocol.ts";

const transport = createConnectTransport({ baseUrl: location.origin, useBinaryFormat: true });
const hub = new LiveHub({
  alerts: createClient(AlertsService, transport),
  health: createClient(HealthService, transport),
});

(globalThis as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = ({
  ports: [port],
}) => {
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<FromTab>) => hub.take(port, data);
};
