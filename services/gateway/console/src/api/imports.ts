// Of its own, so that only the page that needs it fetches what describes it.
import { createClient } from "@connectrpc/connect";
import { TableImportsService } from "../gen/proto/bellwether/imports/v1/imports_service_pb.js";
import { transport } from "./transport.ts";

export const imports = createClient(TableImportsService, transport);
