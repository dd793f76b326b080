// The live-cache port: values with versions, and rankings. Holds state that can be rebuilt, never
// the only copy of anything.
//
// Implementations: MemoryCache and, on the full stack, RedisCache. Both pass
// tests/contract/cache_contract.h.
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

struct Entry {
  std::string key;
  int64_t version = 0;  // < 2⁵³
  std::string value;
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

// Thread-safe.
class Cache {
 public:
  virtual ~Cache() = default;

  // Applies writes whose version is newer than what is held; others are dropped silently. Writes of
  // one call may become visible one by one. `partition` groups what is rebuilt together.
  virtual absl::Status Apply(int32_t partition, absl::Span<const Write> writes) = 0;

  virtual absl::StatusOr<std::optional<Entry>> Get(absl::string_view key) = 0;
  // In the order of `keys`; missing ones are nullopt.
  virtual absl::StatusOr<std::vector<std::optional<Entry>>> GetMany(
      absl::Span<const std::string> keys) = 0;
  // Lowest score first, ties by key, starting after (`after.score`, `after.key`) if given.
  virtual absl::StatusOr<std::vector<Ranked>> Lowest(absl::string_view ranking, size_t limit,
                                                     const std::optional<Ranked>& after) = 0;

  // The sentinel: which run filled the partition, and up to which version. A missing or older
  // sentinel than the owner's state means the partition has to be rebuilt.
  struct Sentinel {
    std::string run_id;
    int64_t version = 0;
    friend bool operator==(const Sentinel&, const Sentinel&) = default;
  };
  virtual absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) = 0;
  virtual absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) = 0;
};

// Opens "memory:"; INVALID_ARGUMENT for an unknown scheme.
absl::StatusOr<std::unique_ptr<Cache>> OpenCache(absl::string_view url);

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_CACHE_H_
