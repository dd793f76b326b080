import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "../src/gen/proto/bellwether/type/v1/error_pb.js";

export function refused(message: string, reason: string, field = ""): ConnectError {
  return refusal(Code.FailedPrecondition, message, reason, field);
}

// As the services refuse: with a reason that machines read, and the field.
export function refusal(code: Code, message: string, reason: string, field = ""): ConnectError {
  return new ConnectError(message, code, undefined, [
    {
      desc: ErrorDetailSchema,
      value: { reason, field } as MessageInitShape<typeof ErrorDetailSchema>,
    },
  ]);
}
