#include "services/gateway/domain/feed_rhythm.h"

#include <algorithm>

namespace bellwether::gateway {
namespace {

std::optional<absl::Duration> LearnedRhythm(const absl::btree_set<absl::CivilDay>& days) {
  if (days.empty()) return std::nullopt;
  absl::civil_diff_t longest = 0;
  int seen = 0;
  absl::CivilDay before;
  for (auto day = days.lower_bound(*days.rbegin() - (kRhythmDays - 1)); day != days.end(); ++day) {
    if (seen++ > 0) longest = std::max(longest, *day - before);
    before = *day;
  }
  if (seen < kRhythmDaysMin) return std::nullopt;
  return absl::Hours(24) * longest;
}

}  // namespace

void FeedRecord::Merge(const FeedRecord& other) {
  first_received = std::min(first_received, other.first_received);
  last_received = std::max(last_received, other.last_received);
  last_fact = std::max(last_fact, other.last_fact);
  count += other.count;
  days.insert(other.days.begin(), other.days.end());
}

FeedVerdict JudgeFeed(const FeedRecord& record, std::optional<absl::Duration> declared,
                      absl::Time now) {
  FeedVerdict verdict{.rhythm = declared};
  if (!declared.has_value()) {
    verdict.rhythm = LearnedRhythm(record.days);
    verdict.learned = verdict.rhythm.has_value();
  }
  if (record.count == 0) {
    verdict.state = FeedState::kAwaited;
  } else if (verdict.rhythm.has_value()) {
    verdict.silent_from =
        record.last_received + *verdict.rhythm * (verdict.learned ? kLearnedRhythmsMissed : 1);
    verdict.state = now > *verdict.silent_from ? FeedState::kSilent : FeedState::kOnTime;
  }
  return verdict;
}

}  // namespace bellwether::gateway
