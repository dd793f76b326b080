// Requests whose reading takes long, away from the threads that serve every connection.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_LARGE_REQUESTS_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_LARGE_REQUESTS_H_

#include "common/http/exchange.h"
#include "common/rpc/worker_pool.h"

namespace bellwether::gateway {

// A body up to this size, not compressed, is read where it arrives.
inline constexpr size_t kSmallRequestBytesMax = 16 << 10;
inline constexpr size_t kLargeRequestThreads = 2;
// Those that wait for a thread; each holds its body, so the server's budget bounds them as well.
inline constexpr size_t kLargeRequestsQueuedMax = 32;

// Whether it is long, or what comes of it when it is inflated may be.
bool IsLarge(const http::ServerRequest& request);

// Thread-safe. Its end waits for what it has been given.
class LargeRequests {
 public:
  // The handler, which is called on a thread of ours where the request is large. One that finds the
  // queue full is answered 503 (UNAVAILABLE / BUSY of the Connect protocol) with Retry-After. It
  // and what it refers to outlive us.
  http::Handler Apart(http::Handler handler);

  // How many wait for a thread.
  size_t queued() const { return pool_.queued(); }

 private:
  rpc::WorkerPool pool_{{.name = "large-http",
                         .threads = kLargeRequestThreads,
                         .queued_max = kLargeRequestsQueuedMax}};
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_LARGE_REQUESTS_H_
