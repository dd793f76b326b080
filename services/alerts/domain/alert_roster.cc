#include "services/alerts/domain/alert_roster.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace bellwether::alerts {

std::vector<Listing> AlertRoster::Due(absl::Span<const Case> alerts, bool cut, absl::Time now) {
  std::vector<Listing> due;
  std::set<Key> current;
  for (const Case& alert : alerts) {
    if (!alert.announced) continue;
    const Key& key = *current.emplace(alert.alert_id, alert.level).first;
    const auto line = lines_.find(key);
    if (line == lines_.end() || line->second.ended.has_value() ||
        line->second.alert.decided_version != alert.decided_version ||
        RepeatDue(line->second, now)) {
      due.push_back({alert, alert.level, HeldUntil(now), /*current=*/true});
    }
  }
  const auto is_listed = [&current](const std::string& alert_id) {
    const auto first = current.lower_bound({alert_id, Level::kNone});
    return first != current.end() && first->first == alert_id;
  };
  for (auto it = lines_.begin(); it != lines_.end();) {
    const auto& [key, line] = *it;
    if (current.contains(key)) {
      ++it;
      continue;
    }
    // One that is listed at another level is over at this one, whatever else was cut off.
    if (cut && !line.ended.has_value() && !is_listed(key.first)) {
      it = now < HeldUntil(line.sent_at) ? std::next(it) : lines_.erase(it);
      continue;
    }
    it->second.ended = line.ended.value_or(now);
    if (line.end_sent && now - *line.ended >= ended_repeated_) {
      it = lines_.erase(it);
      continue;
    }
    if (!line.end_sent || RepeatDue(line, now)) {
      due.push_back({line.alert, key.second, *line.ended, /*current=*/false});
    }
    ++it;
  }
  return due;
}

void AlertRoster::HoldFrom(absl::Time now, absl::Span<Listing> listings) const {
  for (Listing& listing : listings) {
    if (listing.current) listing.ends = HeldUntil(now);
  }
}

void AlertRoster::MarkSent(absl::Span<const Listing> listings, absl::Time now) {
  for (const Listing& listing : listings) {
    Line& line = lines_[{listing.alert.alert_id, listing.level}];
    line.alert = listing.alert;
    line.sent_at = now;
    line.end_sent = !listing.current;
    line.ended = listing.current ? std::nullopt : std::optional(listing.ends);
  }
}

size_t AlertRoster::current() const {
  return static_cast<size_t>(std::count_if(lines_.begin(), lines_.end(), [](const auto& entry) {
    return !entry.second.ended.has_value();
  }));
}

}  // namespace bellwether::alerts
