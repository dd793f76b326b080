// What callers are told when the journal cannot take what they sent.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_FAILURE_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_FAILURE_H_

#include "absl/status/status.h"

namespace bellwether::gateway {

// UNAVAILABLE / JOURNAL_UNAVAILABLE: why there is no answer.
absl::Status JournalUnavailable(const absl::Status& cause);
// RESOURCE_EXHAUSTED / JOURNAL_TOO_SLOW.
absl::Status JournalTooSlow();

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_FAILURE_H_
