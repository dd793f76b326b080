// The streams of HealthService: live scores as they change (H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_STREAMS_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_STREAMS_H_

#include <memory>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/cache/cache.h"
#include "common/rpc/watch_hub.h"
#include "services/health/adapters/live/live_health.h"

namespace bellwether::health {

inline constexpr size_t kWatchedAccountsMax = 1'000;

// Thread-safe; outlives the server that hosts it and is outlived by everything it refers to.
class HealthStreams {
 public:
  using Hub = rpc::WatchHub<v1::WatchHealthResponse>;

  HealthStreams(LiveHealth& live, rpc::CallPool& pool, rpc::OpenStreams& streams,
                absl::Duration heartbeat)
      : live_(live), watchers_(streams, pool, {.heartbeat = heartbeat}) {}

  std::shared_ptr<Hub::Stream> Watch(const v1::WatchHealthRequest& request, const rpc::Call& call);

  // Offers changes to every watcher. Never blocks.
  void Publish(absl::Span<const cache::Write> writes);
  // Somebody watches.
  bool watched() const { return watchers_.watchers() > 0; }

 private:
  LiveHealth& live_;
  Hub watchers_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_STREAMS_H_
