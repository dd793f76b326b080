// Follows `bellwether.alerts.v1` for the watchers of this replica.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_FEED_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_FEED_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/bus/bus.h"
#include "common/runtime/background_loop.h"
#include "services/alerts/adapters/watch_filter.h"

namespace bellwether::alerts {

// Reads every partition from its end on, in a group of its own, and hands over each change once and
// in order per alert: what a relay publishes again, or a relay that was overtaken publishes late,
// is not newer than what came before it and is left out. After a failure of the bus it goes on
// where it was: nothing is skipped. Where the log no longer has that place (trimmed, or another
// one) it begins again at the end and says so to those who may have missed something.
//
// One thread between Start and Stop. Outlived by the bus.
class AlertFeed : private bus::RebalanceListener {
 public:
  // Both are called on the feed's thread; must not block.
  struct Sink {
    std::function<void(const v1::AlertChanged&)> changed;
    // Changes may be missing between the last one and the next.
    std::function<void(const absl::Status& why)> interrupted;
  };

  // `id` is fresh for each process.
  AlertFeed(bus::Bus& bus, int32_t partitions, std::string id, Sink sink);

  void Start() { loop_.Start(); }
  void Stop();

  // Why the bus cannot be followed; UNAVAILABLE / FEED_NOT_READY while not every partition is.
  absl::Status Ready() const;

  // One poll; how long to wait before the next. What the thread runs; for tests also without it.
  absl::StatusOr<absl::Duration> Step();

 private:
  // bus::RebalanceListener
  absl::StatusOr<int64_t> OnAssigned(int32_t partition) override;
  void OnRevoked(int32_t) override {}
  void OnLost(int32_t) override {}

  absl::Status PollOnce();

  bus::Bus& bus_;
  const int32_t partitions_;
  const std::string group_;
  const Sink sink_;
  // Of the feed's thread.
  std::map<int32_t, int64_t> places_;  // where each partition is read next
  WatchFilter newer_{Level::kNone};
  std::unique_ptr<bus::Consumer> consumer_;
  std::atomic<bool> following_ = false;
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_FEED_H_
