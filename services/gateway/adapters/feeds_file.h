// The file of declared feeds (proto/bellwether/ingest/v1/feeds.proto).
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_FEEDS_FILE_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_FEEDS_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/application/feeds.h"

namespace bellwether::gateway {

inline constexpr int kDeclaredFeedsMax = 1'000;
inline constexpr absl::Duration kDeclaredRhythmLeast = absl::Minutes(1);
inline constexpr absl::Duration kDeclaredRhythmMost = absl::Hours(24 * 366);

// INVALID_ARGUMENT / CONFIG_INVALID with every problem, each with file, line and column.
absl::StatusOr<DeclaredRhythms> ReadDeclaredFeeds(absl::string_view text, absl::string_view file);

// The file at `path`; none where that is empty.
absl::StatusOr<DeclaredRhythms> LoadDeclaredFeeds(const std::string& path);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_FEEDS_FILE_H_
