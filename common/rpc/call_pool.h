// Where the handlers of a service's calls run.
#ifndef BELLWETHER_COMMON_RPC_CALL_POOL_H_
#define BELLWETHER_COMMON_RPC_CALL_POOL_H_

#include <utility>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/rpc/worker_pool.h"

namespace bellwether::metrics {
class Registry;
}

namespace bellwether::rpc {

// The bounded threads of one service, and what every call needs beside them. Thread-safe. Outlives
// the server whose calls it runs: Server::Stop waits for calls that are still queued here, so the
// pool is stopped after it.
class CallPool {
 public:
  CallPool(const WorkerPoolOptions& options, metrics::Registry& metrics,
           const Clock& clock = Clock::System())
      : metrics_(metrics), clock_(clock), workers_(options) {}

  // Work that may block. RESOURCE_EXHAUSTED / POOL_FULL when the queue is full: the task is not run
  // then, and the caller answers for the refusal.
  absl::Status Submit(WorkerPool::Task&& task) { return workers_.Submit(std::move(task)); }

  size_t queued() const { return workers_.queued(); }
  metrics::Registry& metrics() { return metrics_; }
  const Clock& clock() const { return clock_; }

  // After the server's Stop.
  void Stop() { workers_.Stop(); }

 private:
  metrics::Registry& metrics_;
  const Clock& clock_;
  WorkerPool workers_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_CALL_POOL_H_
