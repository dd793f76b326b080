#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/cache/cache.h"
#include "common/cache/memory_cache.h"

namespace bellwether::cache {

absl::StatusOr<std::unique_ptr<Cache>> OpenCache(absl::string_view url) {
  if (url == "memory:") return std::make_unique<MemoryCache>();
  return InvalidArgument("UNKNOWN_CACHE", "cache",
                         absl::StrCat("'", url, "' names no cache; known is memory:"));
}

}  // namespace bellwether::cache
