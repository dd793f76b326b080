// Brings the journal to the newest semantics of records.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_SEMANTICS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_SEMANTICS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/application/journal_writer.h"

namespace bellwether::gateway {

// Writes the record of the newest semantics into every partition unless they have it, and waits
// until it is durable: before the first fact of a new journal, between two of an older one. Blocks.
// Of gateways that start together each may write it; only the first record of a partition says
// something new.
absl::Status BringSemanticsUp(JournalRow& row, JournalWriter& writer, absl::Duration wait_max);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_SEMANTICS_H_
