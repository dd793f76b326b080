// Of its own, so that only pages that need it fetch what describes it.
import { createClient } from "@connectrpc/connect";
import { FeedsService } from "../gen/proto/bellwether/ingest/v1/feeds_service_pb.js";
import { transport } from "./transport.ts";

export const feeds = createClient(FeedsService, transport);
