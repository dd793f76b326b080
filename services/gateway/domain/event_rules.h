// What the envelope of a fact must be (X1).
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_EVENT_RULES_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_EVENT_RULES_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::gateway {

inline constexpr size_t kEventBytesMax = 256 << 10;  // an event as it came, JSON or protobuf
inline constexpr size_t kIdCharactersMax = 128;

struct EventHeader {
  absl::string_view id;
  absl::string_view source;
  absl::string_view account_id;
  bool has_time = false;
  std::optional<absl::Time> time;  // nothing when the timestamp has no meaning
  absl::string_view import_run;
};

// INVALID_ARGUMENT with one of MISSING_ID, ID_INVALID, MISSING_SOURCE, SOURCE_INVALID,
// MISSING_ACCOUNT, ACCOUNT_INVALID, MISSING_TIME, TIME_INVALID, TIME_AHEAD (over `ahead_max` after
// `now`), IMPORT_RUN_INVALID. Ids and sources hold printable characters and no blanks.
absl::Status CheckEventHeader(const EventHeader& header, absl::Time now, absl::Duration ahead_max);

// INVALID_ARGUMENT / IMPORT_RUN_INVALID.
absl::Status CheckImportRun(absl::string_view id);
// INVALID_ARGUMENT / MISSING_SOURCE, SOURCE_INVALID.
absl::Status CheckSource(absl::string_view source);

// INVALID_ARGUMENT / TOO_LARGE for an event over kEventBytesMax.
absl::Status CheckEventSize(size_t bytes);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_EVENT_RULES_H_
