#include "services/alerts/domain/alert_roster.h"

#include <algorithm>
#include <set>

namespace bellwether::alerts {

std::vector<Listing> AlertRoster::Due(absl::Span<const Case> alerts, absl::Time now) {
  std::vector<Listing> due;
  std::set<Key> current;
  for (const Case& alert : alerts) {
    if (!alert.announced) continue;
    const Key& key = *current.emplace(alert.alert_id, alert.level).first;
    const auto line = lines_.find(key);
    if (line == lines_.end() || line->second.ended.has_value() ||
        line->second.alert.decided_version != alert.decided_version ||
        RepeatDue(line->second, now)) {
      due.push_back({alert, alert.level, now + kHeldRepeats * repeat_, /*current=*/true});
    }
  }
  for (auto it = lines_.begin(); it != lines_.end();) {
    const auto& [key, line] = *it;
    if (current.contains(key)) {
      ++it;
      continue;
    }
    it->second.ended = line.ended.value_or(now);
    if (line.end_told && now - *line.ended >= kEndedRepeated) {
      it = lines_.erase(it);
      continue;
    }
    if (!line.end_told || RepeatDue(line, now)) {
      due.push_back({line.alert, key.second, *line.ended, /*current=*/false});
    }
    ++it;
  }
  return due;
}

void AlertRoster::Told(absl::Span<const Listing> listings, absl::Time now) {
  for (const Listing& listing : listings) {
    Line& line = lines_[{listing.alert.alert_id, listing.level}];
    line.alert = listing.alert;
    line.told_at = now;
    line.end_told = !listing.current;
    line.ended = listing.current ? std::nullopt : std::optional(listing.ends);
  }
}

size_t AlertRoster::current() const {
  return static_cast<size_t>(std::count_if(lines_.begin(), lines_.end(), [](const auto& entry) {
    return !entry.second.ended.has_value();
  }));
}

}  // namespace bellwether::alerts
