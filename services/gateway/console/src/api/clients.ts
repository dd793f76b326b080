// One client per service. Streams are not called from here: src/live holds them for all tabs.
import { createClient } from "@connectrpc/connect";
import { AccountsService } from "../gen/proto/bellwether/accounts/v1/accounts_service_pb.js";
import { AlertsService } from "../gen/proto/bellwether/alerts/v1/alerts_service_pb.js";
import { HealthService } from "../gen/proto/bellwether/health/v1/health_service_pb.js";
import { IngestService } from "../gen/proto/bellwether/ingest/v1/ingest_service_pb.js";
import { OpportunitiesService } from "../gen/proto/bellwether/opportunities/v1/opportunities_service_pb.js";
import { SystemService } from "../gen/proto/bellwether/system/v1/system_service_pb.js";
import { transport } from "./transport.ts";

export const accounts = createClient(AccountsService, transport);
export const alerts = createClient(AlertsService, transport);
export const health = createClient(HealthService, transport);
export const ingest = createClient(IngestService, transport);
export const opportunities = createClient(OpportunitiesService, transport);
export const system = createClient(SystemService, transport);
