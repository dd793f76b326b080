// A cache whose writes are told to watchers: what is shown is what is watched (H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_WATCHED_CACHE_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_WATCHED_CACHE_H_

#include <functional>
#include <utility>
#include <vector>

#include "common/cache/cache.h"

namespace bellwether::health {

// Passes everything to `inner`, which outlives it. `written` is called with the writes of a call
// that succeeded, on the fold's thread: must not block. Thread-safe as `inner` and `written` are.
class WatchedCache final : public cache::Cache {
 public:
  using Written = std::function<void(absl::Span<const cache::Write>)>;

  explicit WatchedCache(cache::Cache& inner) : inner_(inner) {}
  // Before anything is written.
  void set_written(Written written) { written_ = std::move(written); }

  absl::Status Apply(int32_t partition, absl::Span<const cache::Write> writes) override {
    const absl::Status applied = inner_.Apply(partition, writes);
    if (applied.ok() && written_ != nullptr) written_(writes);
    return applied;
  }
  absl::StatusOr<std::optional<cache::Entry>> Get(absl::string_view key) override {
    return inner_.Get(key);
  }
  absl::StatusOr<std::vector<std::optional<cache::Entry>>> GetMany(
      absl::Span<const std::string> keys) override {
    return inner_.GetMany(keys);
  }
  absl::StatusOr<std::vector<cache::Ranked>> Lowest(
      absl::string_view ranking, size_t limit, const std::optional<cache::Ranked>& after) override {
    return inner_.Lowest(ranking, limit, after);
  }
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override {
    return inner_.GetSentinel(partition);
  }
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override {
    return inner_.SetSentinel(partition, sentinel);
  }

 private:
  cache::Cache& inner_;
  Written written_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_WATCHED_CACHE_H_
