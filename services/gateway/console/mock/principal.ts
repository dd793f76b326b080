import { Code, type HandlerContext } from "@connectrpc/connect";
import { refusal } from "./refused.ts";

export function principal(context: HandlerContext): string {
  const who = context.requestHeader.get("bellwether-principal");
  if (!who) throw refusal(Code.Unauthenticated, "say who you are", "PRINCIPAL_REQUIRED");
  return who;
}
