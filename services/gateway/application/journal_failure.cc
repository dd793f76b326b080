#include "services/gateway/application/journal_failure.h"

#include "common/base/status.h"

namespace bellwether::gateway {

absl::Status JournalUnavailable(const absl::Status& cause) {
  if (absl::IsResourceExhausted(cause)) return JournalTooSlow();
  return Error(absl::StatusCode::kUnavailable, {"JOURNAL_UNAVAILABLE", "", ""},
               "the journal cannot be written; send again what was not answered");
}

absl::Status JournalTooSlow() {
  return Error(absl::StatusCode::kResourceExhausted, {"JOURNAL_TOO_SLOW", "", ""},
               "the journal does not keep up; send again what was not answered");
}

}  // namespace bellwether::gateway
