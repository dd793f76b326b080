#include "services/gateway/application/feed_tally.h"

#include <algorithm>

#include "absl/memory/memory.h"
#include "common/log/log.h"

namespace bellwether::gateway {

void FeedTally::Feed::Note(absl::Time received, absl::Time fact) {
  absl::MutexLock lock(&mu_);
  record_.first_received = std::min(record_.first_received, received);
  record_.last_received = std::max(record_.last_received, received);
  record_.last_fact = std::max(record_.last_fact, fact);
  ++record_.count;
  if (received >= day_begin_ && received < day_end_ && !record_.days.empty()) return;
  const absl::CivilDay day = absl::ToCivilDay(received, zone_);
  day_begin_ = absl::FromCivil(day, zone_);
  day_end_ = absl::FromCivil(day + 1, zone_);
  record_.days.insert(day);
}

FeedRecord FeedTally::Feed::Take() {
  absl::MutexLock lock(&mu_);
  return std::exchange(record_, FeedRecord());
}

FeedTally::FeedTally(absl::TimeZone zone, metrics::Registry& metrics)
    : zone_(zone),
      untracked_(metrics.CounterOf("bellwether_gateway_facts_of_untracked_feeds_total",
                                   "Facts of sources past the most whose rhythm is kept.")) {}

FeedTally::Feed* FeedTally::Find(absl::string_view source, int kind) {
  absl::MutexLock lock(&mu_);
  const auto found = feeds_.find(KeyView{source, kind});
  if (found != feeds_.end()) return found->second.get();
  if (feeds_.size() >= kFeedsMax) {
    untracked_.Increment();
    return nullptr;
  }
  auto& added = feeds_[FeedKey(std::string(source), kind)];
  added = absl::WrapUnique(new Feed(zone_));
  return added.get();
}

FeedRecords FeedTally::Take() {
  absl::MutexLock lock(&mu_);
  FeedRecords records;
  for (const auto& [key, feed] : feeds_) {
    FeedRecord record = feed->Take();
    if (record.count > 0) records.emplace(key, std::move(record));
  }
  return records;
}

void FeedTally::Return(const FeedRecords& records) {
  absl::MutexLock lock(&mu_);
  for (const auto& [key, record] : records) {
    const auto found = feeds_.find(KeyView{key.first, key.second});
    if (found == feeds_.end()) continue;
    absl::MutexLock feed_lock(&found->second->mu_);
    found->second->record_.Merge(record);
  }
}

}  // namespace bellwether::gateway
