// The live-cache port: values with versions, and rankings. Holds state that can be rebuilt, never
// the only copy of anything.
//
// Implementations: MemoryCache and RedisCache. Both pass tests/contract/cache_contract.h.
#ifndef BELLWETHER_COMMON_CACHE_CACHE_H_
#define BELLWETHER_COMMON_CACHE_CACHE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether::cache {

// Versions are in [0, kExactEnd), scores in (-kExactEnd, kExactEnd): what a double holds exactly,
// which is how Redis compares both.
inline constexpr int64_t kExactEnd = int64_t{1} << 53;
// Of a key and its value together.
inline constexpr size_t kEntryBytesMax = size_t{1} << 20;
// Places of a ranking read at once.
inline constexpr size_t kRankedMax = 10'000;

struct Entry {
  std::string key;
  int64_t version = 0;
  std::string value;
  bool tombstone = false;  // deleted in that version; read by GetMany only
};

// One write: the value, and its place in rankings. `delete_entry` leaves a tombstone of that
// version so that an older write arriving later stays dropped.
struct Write {
  Entry entry;
  bool delete_entry = false;
  // The entry's score in each ranking it belongs to; it leaves rankings not named.
  struct Rank {
    std::string ranking;
    int64_t score = 0;
  };
  std::vector<Rank> ranks;
};

struct Ranked {
  std::string key;
  int64_t score = 0;
};

// Up to where somebody has read the changes of a partition.
struct Position {
  int64_t version = 0;
  std::string key;
};

// Thread-safe. UNAVAILABLE while the cache cannot be reached; FAILED_PRECONDITION with reason
// CACHE_KEY_FOREIGN where it holds what nobody here wrote.
class Cache {
 public:
  virtual ~Cache() = default;

  // The sentinel of a partition: which run (log) filled it, and up to which version everything is
  // there. A missing one, one of another run or one older than its owner's state means that the
  // partition has to be filled again.
  struct Sentinel {
    std::string run_id;
    std::optional<int64_t> version;  // nothing while the owner is putting its whole state in place
    friend bool operator==(const Sentinel&, const Sentinel&) = default;
  };
  // How the owner of a partition moves its sentinel with the writes: it must be of that run and at
  // `from` or later (`from` without a value: being filled), and moves to `to` unless it is further.
  // Otherwise writes were lost: ABORTED with reason CACHE_LOST, and some may have been applied.
  struct Advance {
    std::string run_id;
    std::optional<int64_t> from;
    std::optional<int64_t> to;
  };

  // Applies writes whose version is newer than what is held; others are dropped silently. Writes of
  // one call may become visible one by one, each together with its rankings. `partition` groups
  // what is filled together. `advance` may be null: the sentinel is left alone.
  virtual absl::Status Apply(int32_t partition, absl::Span<const Write> writes,
                             const Advance* advance) = 0;
  // Removes what the partition holds in versions below `version`, tombstones too.
  virtual absl::Status Forget(int32_t partition, int64_t below_version) = 0;

  // Nothing for an entry that was deleted.
  virtual absl::StatusOr<std::optional<Entry>> Get(absl::string_view key) = 0;
  // In the order of `keys`; missing ones are nullopt. Tombstones too: that something was deleted is
  // more than that nothing is known of it.
  virtual absl::StatusOr<std::vector<std::optional<Entry>>> GetMany(
      absl::Span<const std::string> keys) = 0;
  // Lowest score first, ties by key, starting after (`after.score`, `after.key`) if given, over the
  // partitions [0, `partitions`). UNAVAILABLE with reason CACHE_INCOMPLETE while one of them is not
  // filled: a ranking that misses a part is wrong in every place. `limit` is at most kRankedMax.
  virtual absl::StatusOr<std::vector<Ranked>> Lowest(absl::string_view ranking, int32_t partitions,
                                                     size_t limit,
                                                     const std::optional<Ranked>& after) = 0;

  // What the partition holds in versions after (`after.version`, `after.key`), oldest first and
  // then by key, tombstones too, without rankings: for followers of a partition that another
  // process writes. Of an entry that changes again meanwhile only the last state is seen. `limit`
  // is at most kRankedMax.
  virtual absl::StatusOr<std::vector<Write>> ChangedAfter(int32_t partition, const Position& after,
                                                          size_t limit) = 0;

  virtual absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) = 0;
  virtual absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) = 0;
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_CACHE_H_
