#include "common/cache/cache_errors.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::cache {

absl::Status CheckWrites(absl::Span<const Write> writes) {
  for (const Write& write : writes) {
    const Entry& entry = write.entry;
    if (entry.version < 0 || entry.version >= kExactEnd) {
      return InvalidArgument(
          "VERSION_OUT_OF_RANGE", "version",
          absl::StrCat("version ", entry.version, " of ", entry.key, " is not within [0, 2^53)"));
    }
    if (entry.key.size() + entry.value.size() > kEntryBytesMax) {
      return InvalidArgument("ENTRY_TOO_LARGE", "value",
                             absl::StrCat(entry.key, " exceeds ", kEntryBytesMax, " bytes"));
    }
    for (const Write::Rank& rank : write.ranks) {
      if (rank.score > -kExactEnd && rank.score < kExactEnd) continue;
      return InvalidArgument("SCORE_OUT_OF_RANGE", "score",
                             absl::StrCat("score ", rank.score, " of ", entry.key, " in ",
                                          rank.ranking, " is not within (-2^53, 2^53)"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLimit(size_t limit) {
  if (limit <= kRankedMax) return absl::OkStatus();
  return InvalidArgument("LIMIT_OUT_OF_RANGE", "limit",
                         absl::StrCat("at most ", kRankedMax, " places are read at once"));
}

absl::Status LostError(int32_t partition) {
  return Error(absl::StatusCode::kAborted, {"CACHE_LOST", "", ""},
               absl::StrCat("the cache lost what it held of partition ", partition));
}

absl::Status IncompleteError() {
  return Error(absl::StatusCode::kUnavailable, {"CACHE_INCOMPLETE", "", ""},
               "the cache is still being filled");
}

}  // namespace bellwether::cache
