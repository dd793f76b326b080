#include "common/stream/partition_cache.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "common/base/status.h"

namespace bellwether::stream {

void PartitionCache::Check(int64_t version, absl::Time now) {
  if (cache_ == nullptr) return;
  const absl::StatusOr<std::optional<cache::Cache::Sentinel>> sentinel =
      cache_->GetSentinel(partition_);
  if (!sentinel.ok()) {
    Fail(now);
    return;
  }
  if (!sentinel->has_value() || (*sentinel)->run_id != run_id_ || (*sentinel)->version < version) {
    stale_ = true;
    retry_at_ = now;
    return;
  }
  marked_version_ = (*sentinel)->version;
}

void PartitionCache::Add(std::vector<cache::Write>& writes) {
  if (Accepts()) {
    for (cache::Write& write : writes) {
      const auto [it, inserted] = index_by_key_.try_emplace(write.entry.key, writes_.size());
      if (inserted) {
        writes_.push_back(std::move(write));
      } else {
        writes_[it->second] = std::move(write);
      }
    }
  }
  writes.clear();
}

void PartitionCache::Flush(absl::Time now) {
  if (writes_.empty()) return;
  if (!ApplyInChunks(writes_).ok()) Fail(now);
  writes_.clear();
  index_by_key_.clear();
}

void PartitionCache::Refill(std::vector<cache::Write> everything, int64_t version, absl::Time now) {
  if (cache_ == nullptr) return;
  absl::Status filled = ApplyInChunks(everything);
  if (filled.ok()) filled = cache_->SetSentinel(partition_, {run_id_, version});
  if (!filled.ok()) {
    Fail(now);
    return;
  }
  stale_ = false;
  marked_version_ = version;
}

void PartitionCache::Mark(int64_t version, absl::Time now) {
  if (cache_ == nullptr || stale_) return;
  const absl::StatusOr<std::optional<cache::Cache::Sentinel>> sentinel =
      cache_->GetSentinel(partition_);
  if (!sentinel.ok()) {
    Fail(now);
    return;
  }
  const bool lost =
      marked_version_ >= 0 && (!sentinel->has_value() || (*sentinel)->run_id != run_id_ ||
                               (*sentinel)->version < marked_version_);
  if (lost) {
    stale_ = true;
    retry_at_ = now;
    return;
  }
  const int64_t reached = std::max(version, marked_version_);
  if (!cache_->SetSentinel(partition_, {run_id_, reached}).ok()) {
    Fail(now);
    return;
  }
  marked_version_ = reached;
}

void PartitionCache::Fail(absl::Time now) {
  ++counters_->cache_failures;
  stale_ = true;
  retry_at_ = now + kCacheRetryAfter;
  writes_.clear();
  index_by_key_.clear();
}

absl::Status PartitionCache::ApplyInChunks(const std::vector<cache::Write>& writes) {
  const absl::Span<const cache::Write> all = writes;
  for (size_t begin = 0; begin < all.size(); begin += kCacheWritesPerCall) {
    RETURN_IF_ERROR(cache_->Apply(partition_, all.subspan(begin, kCacheWritesPerCall)));
  }
  return absl::OkStatus();
}

}  // namespace bellwether::stream
