// The live cache of a simulated deployment: shared by its processes, away at times, and forgetful.
#ifndef BELLWETHER_TESTS_SIMULATION_SHARED_CACHE_H_
#define BELLWETHER_TESTS_SIMULATION_SHARED_CACHE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/cache/cache.h"
#include "common/cache/memory_cache.h"

namespace bellwether::simulation {

// One thread.
class SharedCache final : public cache::Cache {
 public:
  absl::Status Apply(int32_t partition, absl::Span<const cache::Write> writes,
                     const Advance* advance) override {
    // Some may have arrived before it went.
    if (away) writes = writes.subspan(0, writes.size() / 2);
    const absl::Status applied =
        Do([partition, some = std::vector<cache::Write>(writes.begin(), writes.end()),
            how = away || advance == nullptr ? std::nullopt
                                             : std::optional(*advance)](cache::Cache& real) {
          return real.Apply(partition, some, how.has_value() ? &*how : nullptr);
        });
    return away ? Away() : applied;
  }
  absl::Status Forget(int32_t partition, int64_t below_version) override {
    if (away) return Away();
    return Do([=](cache::Cache& real) { return real.Forget(partition, below_version); });
  }
  absl::StatusOr<std::optional<cache::Entry>> Get(absl::string_view key) override {
    return real_->Get(key);
  }
  absl::StatusOr<std::vector<std::optional<cache::Entry>>> GetMany(
      absl::Span<const std::string> keys) override {
    return real_->GetMany(keys);
  }
  absl::StatusOr<std::vector<cache::Ranked>> Lowest(
      absl::string_view ranking, int32_t partitions, size_t limit,
      const std::optional<cache::Ranked>& after) override {
    return real_->Lowest(ranking, partitions, limit, after);
  }
  absl::StatusOr<std::vector<cache::Write>> ChangedAfter(int32_t partition,
                                                         const cache::Position& after,
                                                         size_t limit) override {
    return real_->ChangedAfter(partition, after, limit);
  }
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override {
    if (away) return Away();
    return real_->GetSentinel(partition);
  }
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override {
    if (away) return Away();
    return Do([=](cache::Cache& real) { return real.SetSentinel(partition, sentinel); });
  }

  size_t changes() const { return done_.size(); }
  // As it was after so many changes: what a restart from an older copy on disk leaves; all is lost
  // after none.
  void GoBackTo(size_t changes) {
    done_.resize(changes);
    real_ = std::make_unique<cache::MemoryCache>();
    for (const Change& change : done_) (void)change(*real_).ok();
  }

  bool away = false;

 private:
  using Change = std::function<absl::Status(cache::Cache&)>;

  static absl::Status Away() { return absl::UnavailableError("the cache is away"); }
  absl::Status Do(Change change) {
    done_.push_back(std::move(change));
    return done_.back()(*real_);
  }

  std::unique_ptr<cache::MemoryCache> real_ = std::make_unique<cache::MemoryCache>();
  std::vector<Change> done_;
};

}  // namespace bellwether::simulation

#endif  // BELLWETHER_TESTS_SIMULATION_SHARED_CACHE_H_
