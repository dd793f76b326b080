#include "services/alerts/adapters/watch_filter.h"

namespace bellwether::alerts {

bool WatchFilter::Pass(const v1::AlertChanged& change) { return PassFrom(change, minimum_level_); }

bool WatchFilter::PassAny(const v1::AlertChanged& change) { return PassFrom(change, Level::kNone); }

bool WatchFilter::PassFrom(const v1::AlertChanged& change, Level minimum_level) {
  const v1::Alert& alert = change.alert();
  const auto known = versions_.find(alert.name());
  if (known == versions_.end()) {
    if (static_cast<Level>(alert.level()) < minimum_level) return false;
    versions_.emplace(alert.name(), change.entity_version());
  } else {
    if (change.entity_version() <= known->second) return false;
    known->second = change.entity_version();
  }
  if (alert.state() == v1::ALERT_STATE_RESOLVED) {
    resolved_.push_back(alert.name());
    if (resolved_.size() > kResolvedRememberedMax) {
      versions_.erase(resolved_.front());
      resolved_.pop_front();
    }
  }
  return true;
}

}  // namespace bellwether::alerts
