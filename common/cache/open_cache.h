// Makes the live cache a URL names.
#ifndef BELLWETHER_COMMON_CACHE_OPEN_CACHE_H_
#define BELLWETHER_COMMON_CACHE_OPEN_CACHE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/cache/cache.h"
#include "common/metrics/metrics.h"

namespace bellwether::cache {

// The URL of a cache of the process's own.
inline constexpr char kMemoryCacheUrl[] = "memory:";
// What the `cache` setting means, for a program's help.
inline constexpr char kCacheUrlMeaning[] =
    "the live cache: redis://HOST[:PORT][/DB][?prefix=…&password-file=…] (docs/redis.md), or "
    "memory: where the store is no other process's either";

// INVALID_ARGUMENT for a URL that is none. A server is not asked: one that is away is a matter of
// each call. The registry and the clock outlive the cache.
absl::StatusOr<std::unique_ptr<Cache>> OpenCache(absl::string_view url, metrics::Registry& metrics,
                                                 const Clock& clock = Clock::System());

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_OPEN_CACHE_H_
