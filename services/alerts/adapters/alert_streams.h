// The streams of AlertsService: changes of the board as they are published (L7).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_STREAMS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_STREAMS_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/base/clock.h"
#include "common/rpc/watch_hub.h"
#include "services/alerts/adapters/alert_queries.h"

namespace bellwether::alerts {

// Thread-safe; outlives the server that hosts it and is outlived by everything it refers to.
class AlertStreams {
 public:
  struct Ports {
    const AlertQueries& queries;
    const Clock& clock;
    rpc::CallPool& pool;
    rpc::OpenStreams& streams;
    // OK while changes reach Publish.
    std::function<absl::Status()> feed_ready;
    // Older resume tokens are not taken up.
    absl::Duration resume_age_max = absl::Hours(24);
    absl::Duration heartbeat = absl::Seconds(10);
  };
  using Hub = rpc::WatchHub<v1::WatchAlertsResponse>;

  explicit AlertStreams(Ports ports);

  std::shared_ptr<Hub::Stream> Watch(const v1::WatchAlertsRequest& request, const rpc::Call& call);

  // Offers a change to every watcher. Never blocks.
  void Publish(const v1::AlertChanged& change);
  // Ends every watch that is open with that status. Never blocks.
  void EndAll(const absl::Status& why) { watchers_.EndAll(why); }

 private:
  const Ports ports_;
  Hub watchers_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_STREAMS_H_
