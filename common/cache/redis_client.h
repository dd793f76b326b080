// What stands between the cache and its connections: how many, how long, and when not to ask.
#ifndef BELLWETHER_COMMON_CACHE_REDIS_CLIENT_H_
#define BELLWETHER_COMMON_CACHE_REDIS_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/cache/circuit_breaker.h"
#include "common/cache/redis_connection.h"
#include "common/cache/redis_options.h"
#include "common/cache/redis_request.h"
#include "common/log/rate_limit.h"
#include "common/metrics/metrics.h"

namespace bellwether::cache {

// Calls on a bounded pool of connections, behind a circuit breaker. A call that fails is not
// repeated: the writer must learn that something may be lost. Thread-safe; the registry and the
// clock outlive it.
class RedisClient {
 public:
  RedisClient(RedisOptions options, metrics::Registry& metrics, const Clock& clock);

  // The answers, one a command; errors of single commands are among them (ErrorOf). UNAVAILABLE,
  // with a reason, when the server did not answer or is not being asked; RESOURCE_EXHAUSTED when no
  // connection came free in time. `operation` is a metric label.
  absl::StatusOr<std::vector<RedisReply>> Call(absl::string_view operation,
                                               const RedisRequest& request);

  // OK for an answer that is no error. The server's text goes to the log.
  absl::Status ErrorOf(const redisReply& reply);
  static bool IsNoScript(const redisReply& reply);

  const RedisOptions& options() const { return options_; }

 private:
  absl::StatusOr<std::vector<RedisReply>> Ask(const RedisRequest& request, bool probe);
  // Takes one of the places for connections; null when its connection is to be opened.
  absl::StatusOr<std::unique_ptr<RedisConnection>> Acquire(bool fresh);
  void Release(std::unique_ptr<RedisConnection> connection);
  // What the callers learn of a connection's failure; the driver's text goes to the log.
  absl::Status Conceal(const absl::Status& failure);
  // The server's answers that mean that it cannot serve anyone.
  static bool IsOutOfService(const redisReply& reply);

  const RedisOptions options_;
  const Clock& clock_;
  metrics::Family<metrics::Counter>& calls_;
  metrics::Family<metrics::Histogram>& seconds_;
  metrics::Gauge& circuit_open_;
  metrics::Counter& connections_opened_;
  LogGate away_gate_;
  LogGate timeout_gate_;
  LogGate login_gate_;
  LogGate refused_gate_;
  absl::BitGen random_;  // of the breaker, under its lock
  CircuitBreaker breaker_;

  absl::Mutex mutex_;
  // The one used last is used next; those at the front fall asleep.
  std::vector<std::unique_ptr<RedisConnection>> idle_ ABSL_GUARDED_BY(mutex_);
  int leased_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_REDIS_CLIENT_H_
