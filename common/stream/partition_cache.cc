#include "common/stream/partition_cache.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/log/log.h"
#include "common/log/rate_limit.h"

namespace bellwether::stream {
namespace {

constexpr absl::Duration kLogInterval = absl::Seconds(10);

using Sentinel = cache::Cache::Sentinel;

}  // namespace

void PartitionCache::Check(int64_t version, absl::Time now) {
  if (cache_ == nullptr) return;
  const absl::StatusOr<std::optional<Sentinel>> sentinel = cache_->GetSentinel(partition_);
  if (!sentinel.ok()) {
    Fail(sentinel.status(), now + kCacheRetryAfter);
  } else if (sentinel->has_value() && (*sentinel)->run_id == run_id_ &&
             (*sentinel)->version.has_value() && *(*sentinel)->version >= version) {
    Keep(*(*sentinel)->version, now);
  } else {
    Invalidate(now);
  }
}

void PartitionCache::Invalidate(absl::Time now) {
  if (cache_ == nullptr) return;
  phase_ = Phase::kStale;
  retry_at_ = now;
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

void PartitionCache::Flush(int64_t version, absl::Time now) {
  if (phase_ == Phase::kStale) Show();
  if (phase_ != Phase::kKept || (writes_.empty() && now < check_at_)) return;
  Advance(version, now);
}

void PartitionCache::Mark(int64_t version, absl::Time now) {
  if (phase_ != Phase::kKept || (writes_.empty() && held_ >= version)) return;
  Advance(version, now);
}

void PartitionCache::Advance(int64_t version, absl::Time now) {
  const absl::Status applied = Apply(writes_, held_, version);
  Show();
  if (applied.ok()) {
    Keep(std::max(held_, version), now);
  } else if (absl::IsAborted(applied)) {
    ++counters_->cache_losses;
    Invalidate(now);
  } else {
    Fail(applied, now + kCacheRetryAfter);
  }
}

bool PartitionCache::BeginRefill(absl::Time now) {
  const absl::Status began = TryBeginRefill();
  if (!began.ok()) Fail(began, now + kCacheRetryAfter);
  return began.ok();
}

absl::Status PartitionCache::TryBeginRefill() {
  ASSIGN_OR_RETURN(const std::optional<Sentinel> sentinel, cache_->GetSentinel(partition_));
  holds_this_run_ = sentinel.has_value() && sentinel->run_id == run_id_;
  if (!holds_this_run_) {
    // What another run left has versions of its own, which say nothing about ours. The sentinel
    // becomes ours only once all of that is gone.
    const std::string left_by = sentinel.has_value() ? sentinel->run_id : "";
    RETURN_IF_ERROR(cache_->SetSentinel(partition_, {left_by, std::nullopt}));
    RETURN_IF_ERROR(cache_->Forget(partition_, cache::kExactEnd));
  }
  return cache_->SetSentinel(partition_, {run_id_, std::nullopt});
}

void PartitionCache::Refill(const std::vector<cache::Write>& everything, int64_t version,
                            absl::Time now) {
  const absl::Status filled = TryRefill(everything, version);
  if (!filled.ok()) {
    Fail(filled, now + retry_after_);
    retry_after_ = std::min(retry_after_ * 2, kCacheRetryMost);
    return;
  }
  ++counters_->cache_refills;
  retry_after_ = kCacheRetryAfter;
  Keep(version, now);
}

absl::Status PartitionCache::TryRefill(const std::vector<cache::Write>& everything,
                                       int64_t version) {
  if (holds_this_run_) {
    // What the fold knows is there in this version or, by another owner, a newer one. What else
    // there is of this run, an older state left.
    RETURN_IF_ERROR(Apply(everything, std::nullopt, std::nullopt));
    RETURN_IF_ERROR(cache_->Forget(partition_, version));
    return Apply({}, std::nullopt, version);
  }
  return Apply(everything, std::nullopt, version);
}

void PartitionCache::Keep(int64_t version, absl::Time now) {
  phase_ = Phase::kKept;
  held_ = version;
  check_at_ = now + kCacheCheckInterval;
}

void PartitionCache::Show() {
  if (!writes_.empty() && shown_ != nullptr) shown_(writes_);
  writes_.clear();
  index_by_key_.clear();
}

void PartitionCache::Fail(const absl::Status& why, absl::Time retry_at) {
  static LogGate gate(kLogInterval);
  LogLimited(gate, LogLevel::kWarning, "cache not kept up",
             {{"partition", partition_}, {"status", why}});
  ++counters_->cache_failures;
  phase_ = Phase::kStale;
  retry_at_ = retry_at;
}

absl::Status PartitionCache::Apply(const std::vector<cache::Write>& writes,
                                   std::optional<int64_t> from, std::optional<int64_t> to) {
  absl::Span<const cache::Write> rest = writes;
  do {
    const absl::Span<const cache::Write> chunk = rest.subspan(0, kCacheWritesPerCall);
    rest.remove_prefix(chunk.size());
    const cache::Cache::Advance advance{run_id_, from, rest.empty() ? to : std::nullopt};
    RETURN_IF_ERROR(cache_->Apply(partition_, chunk, &advance));
  } while (!rest.empty());
  return absl::OkStatus();
}

}  // namespace bellwether::stream
