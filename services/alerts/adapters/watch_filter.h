// What one watcher gets, or one replica for its watchers: every change once, in order.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_WATCH_FILTER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_WATCH_FILTER_H_

#include <cstdint>
#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "services/alerts/domain/level.h"

namespace bellwether::alerts {

// Resolved alerts whose version is still remembered: a change that was published twice comes within
// the relay's next round, long before this many others.
inline constexpr size_t kResolvedRememberedMax = 4'096;

// Lets a change through when it is newer than what the watcher has of the alert, be that from the
// snapshot of what is open or from the feed. An alert below the minimum level is let through once
// the watcher knows it: one that saw it red also sees it step down and end. One thread at a time.
class WatchFilter {
 public:
  explicit WatchFilter(Level minimum_level) : minimum_level_(minimum_level) {}

  bool Pass(const v1::AlertChanged& change);
  // Whatever its level: the watcher may know it from before. Only newer ones, too.
  bool PassAny(const v1::AlertChanged& change);
  // The watcher has had the alert as of that version, though not from here: before it broke off.
  void Know(const std::string& alert_name, int64_t entity_version) {
    versions_.try_emplace(alert_name, entity_version);
  }

 private:
  bool PassFrom(const v1::AlertChanged& change, Level minimum_level);

  const Level minimum_level_;
  absl::flat_hash_map<std::string, int64_t> versions_;
  std::deque<std::string> resolved_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_WATCH_FILTER_H_
