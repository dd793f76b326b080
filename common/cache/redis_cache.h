// The live cache in a Redis server, shared by all processes of a deployment.
#ifndef BELLWETHER_COMMON_CACHE_REDIS_CACHE_H_
#define BELLWETHER_COMMON_CACHE_REDIS_CACHE_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/cache/cache.h"
#include "common/cache/redis_client.h"
#include "common/cache/redis_options.h"
#include "common/metrics/metrics.h"

namespace bellwether::cache {

// Limits of one command and of one trip to the server: a script keeps every other client waiting.
inline constexpr size_t kScriptWritesMax = 64;
inline constexpr size_t kScriptBytesMax = 256 * 1024;  // or a single larger write
inline constexpr size_t kTripCommandsMax = 64;
inline constexpr size_t kTripBytesMax = 1024 * 1024;  // or a single larger command
inline constexpr size_t kTripReadsMax = 256;
inline constexpr size_t kForgetEntriesPerScript = 500;

// Under the prefix of the URL, by which several deployments may share a server (docs/redis.md):
//
//   entry:<key>                       hash   version, partition, rankings, value (no value: a
//                                            tombstone)
//   ranking:<partition>:<ranking>     sorted set of keys by score
//   versions:<partition>              sorted set of the partition's keys by version
//   sentinel:<partition>              hash   run_id, version
//
// Each write is a step of a Lua script, so that it is compared, stored and ranked as one. The
// server is one, or a primary behind one address; it must not evict (maxmemory-policy noeviction).
// Calls block, at most for the URL's timeouts. Thread-safe.
class RedisCache final : public Cache {
 public:
  // The registry and the clock outlive it. Nothing is connected yet.
  RedisCache(RedisOptions options, metrics::Registry& metrics, const Clock& clock);

  absl::Status Apply(int32_t partition, absl::Span<const Write> writes,
                     const Advance* advance) override;
  absl::Status Forget(int32_t partition, int64_t below_version) override;
  absl::StatusOr<std::optional<Entry>> Get(absl::string_view key) override;
  absl::StatusOr<std::vector<std::optional<Entry>>> GetMany(
      absl::Span<const std::string> keys) override;
  absl::StatusOr<std::vector<Ranked>> Lowest(absl::string_view ranking, int32_t partitions,
                                             size_t limit,
                                             const std::optional<Ranked>& after) override;
  absl::StatusOr<std::vector<Write>> ChangedAfter(int32_t partition, const Position& after,
                                                  size_t limit) override;
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override;
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override;

 private:
  struct Script {
    std::string text;
    std::string digest;
  };
  // The files one after the other.
  static Script ShippedScript(std::initializer_list<absl::string_view> names);

  // Begins a call of the script; `arguments` counts keys and others.
  void BeginScript(RedisRequest& request, const Script& script, size_t keys,
                   size_t arguments) const;
  // As RedisClient::Call, for commands that all call `script`, which the server may have forgotten.
  absl::StatusOr<std::vector<RedisReply>> Run(absl::string_view operation, const Script& script,
                                              const RedisRequest& request);
  // Adds the script that applies `writes`; returns how many of them it took. It moves the sentinel
  // only if it took them all and `moves`.
  size_t AddApply(RedisRequest& request, int32_t partition, absl::Span<const Write> writes,
                  const Advance* advance, bool moves);
  void AddWrite(RedisRequest& request, const Write& write) const;

  std::string RankingKey(int32_t partition, absl::string_view ranking) const;
  std::string VersionsKey(int32_t partition) const;
  std::string SentinelKey(int32_t partition) const;

  RedisClient client_;
  const std::string entries_;   // how every entry's key begins
  const std::string rankings_;  // every ranking's
  const std::string versions_;  // the versions of every partition's
  const Script apply_;
  const Script lowest_;
  const Script changed_;
  const Script forget_;
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_REDIS_CACHE_H_
