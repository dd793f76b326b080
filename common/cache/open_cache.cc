#include "common/cache/open_cache.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cache/memory_cache.h"
#include "common/cache/redis_cache.h"
#include "common/cache/redis_options.h"

namespace bellwether::cache {

absl::StatusOr<std::unique_ptr<Cache>> OpenCache(absl::string_view url, metrics::Registry& metrics,
                                                 const Clock& clock) {
  if (url == kMemoryCacheUrl) return std::make_unique<MemoryCache>();
  if (absl::StartsWith(url, "redis:")) {
    ASSIGN_OR_RETURN(RedisOptions options, ParseRedisUrl(url));
    return std::make_unique<RedisCache>(std::move(options), metrics, clock);
  }
  if (absl::StartsWith(url, "rediss:")) {
    return InvalidArgument("CACHE_URL_INVALID", "cache",
                           "TLS to Redis goes through a proxy on this machine: name that one, as "
                           "redis://127.0.0.1:PORT");
  }
  // Not repeated: it may hold a secret.
  return InvalidArgument("UNKNOWN_CACHE", "cache", "known are memory: and redis://HOST:PORT");
}

}  // namespace bellwether::cache
