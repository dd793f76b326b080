// The live cache in this process.
#ifndef BELLWETHER_COMMON_CACHE_MEMORY_CACHE_H_
#define BELLWETHER_COMMON_CACHE_MEMORY_CACHE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/cache/cache.h"

namespace bellwether::cache {

// Ends with the process: a restart finds no sentinel and rebuilds from state. Entries are spread
// over shards with a lock each; a ranking has a lock of its own, taken while the shard's is held
// and never the other way round. Tombstones are kept until forgotten: writers delete few
// entries.
class MemoryCache final : public Cache {
 public:
  absl::Status Apply(int32_t partition, absl::Span<const Write> writes,
                     const Advance* advance) override;
  absl::Status Forget(int32_t partition, int64_t below_version) override;
  absl::StatusOr<std::optional<Entry>> Get(absl::string_view key) override;
  absl::StatusOr<std::vector<std::optional<Entry>>> GetMany(
      absl::Span<const std::string> keys) override;
  absl::StatusOr<std::vector<Ranked>> Lowest(absl::string_view ranking, int32_t partitions,
                                             size_t limit,
                                             const std::optional<Ranked>& after) override;
  // Looks at every entry: in one process the writer of a partition publishes its changes too.
  absl::StatusOr<std::vector<Write>> ChangedAfter(int32_t partition, const Position& after,
                                                  size_t limit) override;
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override;
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override;

 private:
  static constexpr size_t kShards = 64;

  // Lowest score first, ties by key. The key is that of the slot, which outlives its places.
  struct Member {
    int64_t score = 0;
    const std::string* key = nullptr;

    friend bool operator<(const Member& a, const Member& b) {
      return a.score != b.score ? a.score < b.score : *a.key < *b.key;
    }
  };
  struct Ranking {
    absl::Mutex mu;
    absl::btree_set<Member> members ABSL_GUARDED_BY(mu);
  };
  struct Place {
    Ranking* ranking = nullptr;
    int64_t score = 0;

    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Slot {
    int64_t version = -1;  // below every version that can be written
    int32_t partition = 0;
    bool tombstone = false;
    std::string value;
    std::vector<Place> places;  // exactly the rankings that hold the key
  };
  struct Shard {
    absl::Mutex mu;
    absl::node_hash_map<std::string, Slot> slots ABSL_GUARDED_BY(mu);
  };

  Shard& ShardOf(absl::string_view key);
  std::optional<Entry> Held(absl::string_view key);  // tombstones too
  // Rankings are never removed, so that the reference stays good.
  Ranking& RankingOf(const std::string& name) ABSL_LOCKS_EXCLUDED(rankings_mu_);
  static void Move(const std::string& key, Slot& slot, std::vector<Place> places);
  // The sentinel if it is as its owner expects.
  Sentinel* Expected(int32_t partition, const Advance& advance)
      ABSL_SHARED_LOCKS_REQUIRED(sentinels_mu_);
  absl::Status CheckSentinel(int32_t partition, const Advance& advance);
  absl::Status MoveSentinel(int32_t partition, const Advance& advance);
  bool Filled(int32_t partitions);

  std::array<Shard, kShards> shards_;
  absl::Mutex rankings_mu_;
  absl::flat_hash_map<std::string, std::unique_ptr<Ranking>> rankings_
      ABSL_GUARDED_BY(rankings_mu_);
  absl::Mutex sentinels_mu_;
  absl::flat_hash_map<int32_t, Sentinel> sentinels_ ABSL_GUARDED_BY(sentinels_mu_);
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_MEMORY_CACHE_H_
