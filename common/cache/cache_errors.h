// What every implementation of the cache port answers alike.
#ifndef BELLWETHER_COMMON_CACHE_CACHE_ERRORS_H_
#define BELLWETHER_COMMON_CACHE_CACHE_ERRORS_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/cache/cache.h"

namespace bellwether::cache {

// INVALID_ARGUMENT for a version, score or size outside the port's limits; nothing is applied then.
absl::Status CheckWrites(absl::Span<const Write> writes);

absl::Status CheckLimit(size_t limit);

absl::Status LostError(int32_t partition);
absl::Status IncompleteError();

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_CACHE_ERRORS_H_
