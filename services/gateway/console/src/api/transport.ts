import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { settings } from "../shared/settings.ts";

const CALL_TIMEOUT_MS = 15_000;

// Who acts.
const identify: Interceptor = (next) => (request) => {
  const { principal } = settings.get();
  if (principal !== "") request.header.set("Bellwether-Principal", principal);
  return next(request);
};

// A browser says "Failed to fetch" of every network failure; callers want to know that it is one.
const nameNetworkFailures: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    // It is wrapped only further out.
    if (error instanceof TypeError)
      throw new ConnectError(error.message, Code.Unavailable, undefined, undefined, error);
    throw error;
  }
};

export const transport = createConnectTransport({
  baseUrl: globalThis.location?.origin ?? "http://127.0.0.1",
  useBinaryFormat: true,
  defaultTimeoutMs: CALL_TIMEOUT_MS,
  interceptors: [identify, nameNetworkFailures],
});
