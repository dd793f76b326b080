#include "services/gateway/application/feeds.h"

#include <algorithm>

#include "bellwether/events/v1/fact.pb.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"

namespace bellwether::gateway {
namespace {

namespace v1 = ingest::v1;

v1::FeedState StateOf(FeedState state) {
  switch (state) {
    case FeedState::kOnTime:
      return v1::FEED_STATE_ON_TIME;
    case FeedState::kSilent:
      return v1::FEED_STATE_SILENT;
    case FeedState::kNoRhythm:
      return v1::FEED_STATE_NO_RHYTHM;
    case FeedState::kAwaited:
      return v1::FEED_STATE_AWAITED;
  }
  return v1::FEED_STATE_UNSPECIFIED;
}

v1::Feed FeedOf(const FeedKey& key, const FeedRecord& record, const FeedVerdict& verdict) {
  v1::Feed feed;
  feed.set_source(key.first);
  feed.set_kind(FeedKindName(key.second));
  feed.set_received_count(record.count);
  if (record.count > 0) {
    *feed.mutable_first_received_time() = journal::ToTimestamp(record.first_received);
    *feed.mutable_last_received_time() = journal::ToTimestamp(record.last_received);
    *feed.mutable_last_fact_time() = journal::ToTimestamp(record.last_fact);
  }
  feed.set_state(StateOf(verdict.state));
  if (verdict.rhythm.has_value()) {
    feed.mutable_rhythm()->set_seconds(absl::ToInt64Seconds(*verdict.rhythm));
    feed.set_rhythm_origin(verdict.learned ? v1::RHYTHM_ORIGIN_LEARNED
                                           : v1::RHYTHM_ORIGIN_DECLARED);
  }
  if (verdict.silent_from.has_value()) {
    *feed.mutable_silent_from_time() = journal::ToTimestamp(*verdict.silent_from);
  }
  return feed;
}

}  // namespace

absl::StatusOr<absl::Duration> Feeds::Flush() {
  const FeedRecords records = tally_.Take();
  if (!records.empty()) {
    if (const absl::Status added = rows_.Add(records, DaysFrom(clock_.Now())); !added.ok()) {
      tally_.Return(records);
      return added;
    }
  }
  return kFeedFlushInterval;
}

absl::StatusOr<std::vector<v1::Feed>> Feeds::List(absl::Time now) const {
  ASSIGN_OR_RETURN(FeedRecords records, rows_.Load());
  for (const auto& [key, rhythm] : declared_) {
    if (key.second != kEveryKind) {
      records.try_emplace(key);
      continue;
    }
    FeedRecord whole;
    for (auto kind = records.lower_bound(key);
         kind != records.end() && kind->first.first == key.first; ++kind) {
      whole.Merge(kind->second);
    }
    records[key] = std::move(whole);
  }
  std::vector<v1::Feed> feeds;
  for (const auto& [key, record] : records) {
    const auto declared = declared_.find(key);
    std::optional<absl::Duration> every;
    if (declared != declared_.end()) every = declared->second.every;
    v1::Feed& feed = feeds.emplace_back(FeedOf(key, record, JudgeFeed(record, every, now)));
    if (declared != declared_.end()) feed.set_display_name(declared->second.display_name);
  }
  std::sort(feeds.begin(), feeds.end(), [](const v1::Feed& a, const v1::Feed& b) {
    return std::pair(a.source(), a.kind()) < std::pair(b.source(), b.kind());
  });
  return feeds;
}

std::string FeedKindName(int kind) {
  const auto* field = events::v1::Fact::descriptor()->FindFieldByNumber(kind);
  return field == nullptr ? "" : field->name();
}

}  // namespace bellwether::gateway
