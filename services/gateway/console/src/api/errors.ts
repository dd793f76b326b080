import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "../gen/proto/bellwether/type/v1/error_pb.js";

export interface CallError {
  // The Connect code: "unavailable", "failed_precondition".
  code: string;
  message: string;
  reason: string;
  field: string;
  rule: string;
}

export function describeError(error: unknown): CallError {
  const connect = ConnectError.from(error);
  const detail = connect.findDetails(ErrorDetailSchema)[0];
  return {
    code: Code[connect.code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase(),
    message: connect.rawMessage,
    reason: detail?.reason ?? connect.metadata.get("bellwether-reason") ?? "",
    field: detail?.field ?? connect.metadata.get("bellwether-field") ?? "",
    rule: detail?.rule ?? connect.metadata.get("bellwether-rule") ?? "",
  };
}

// Asking again may help; anything else is an answer.
export function isPassing(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Unavailable || code === Code.DeadlineExceeded || code === Code.Aborted;
}
