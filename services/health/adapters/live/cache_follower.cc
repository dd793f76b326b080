#include "services/health/adapters/live/cache_follower.h"

#include <optional>
#include <stop_token>
#include <utility>

#include "common/base/status.h"

namespace bellwether::health {

bool IsFoldedHere(stream::PartitionState state) {
  switch (state) {
    case stream::PartitionState::kFoldingBack:
    case stream::PartitionState::kLive:
    case stream::PartitionState::kPaused:
      return true;
    case stream::PartitionState::kLoading:
    case stream::PartitionState::kRefused:
    case stream::PartitionState::kFenced:
      return false;
  }
  return false;
}

CacheFollower::CacheFollower(Ports ports, int32_t partitions)
    : ports_(std::move(ports)),
      places_(static_cast<size_t>(partitions)),
      loop_({.name = "cache-follower"}, [this](const std::stop_token&) { return Follow(); }) {}

absl::StatusOr<absl::Duration> CacheFollower::Follow() {
  // Asked in this order: a partition that comes here in between is published twice, not never.
  const bool watched = ports_.watched();
  const std::set<int32_t> own = ports_.own();
  absl::Status first;  // of one partition, which does not hold up the others
  for (int32_t partition = 0; partition < static_cast<int32_t>(places_.size()); ++partition) {
    first.Update(FollowPartition(partition, watched, own.contains(partition)));
  }
  RETURN_IF_ERROR(first);
  return watched ? kFollowInterval : kIdleFollowInterval;
}

absl::Status CacheFollower::FollowPartition(int32_t partition, bool watched, bool own) {
  Place& place = places_[static_cast<size_t>(partition)];
  if (!own) place.foreign = true;
  ASSIGN_OR_RETURN(const std::optional<cache::Cache::Sentinel> sentinel,
                   ports_.cache.GetSentinel(partition));
  if (!sentinel.has_value() || !sentinel->version.has_value()) return absl::OkStatus();
  const int64_t version = *sentinel->version;
  if (place.run_id == sentinel->run_id && place.seen == version) {
    place.foreign = !own;
    return absl::OkStatus();
  }
  // Another log is another past, not a change. A partition that was not there at the last look may
  // have come since a watcher was opened: all of it is published.
  const bool another_log = !place.run_id.empty() && place.run_id != sentinel->run_id;
  if (watched && place.foreign && !another_log) {
    RETURN_IF_ERROR(PublishChanges(partition, place.after, version));
  }
  // What is newer than the sentinel comes in any order: older changes may yet come beside those
  // those just published, so all of it is looked at again, rather twice than never.
  place.after = {version + 1, ""};
  place.run_id = sentinel->run_id;
  place.seen = version;
  place.foreign = !own;
  return absl::OkStatus();
}

absl::Status CacheFollower::PublishChanges(int32_t partition, cache::Position after,
                                           int64_t until) {
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<cache::Write> changes,
                     ports_.cache.ChangedAfter(partition, after, kFollowedAtOnce));
    if (!changes.empty()) ports_.publish(changes);
    // Beyond `until` no page need be full: an owner that is quicker than this keeps nobody here.
    if (changes.size() < kFollowedAtOnce || changes.back().entry.version > until) break;
    after = {changes.back().entry.version, changes.back().entry.key};
  }
  return absl::OkStatus();
}

}  // namespace bellwether::health
