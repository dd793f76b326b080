// Opportunity changes on their way into the journal.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_

#include <vector>

#include "common/command/command.h"
#include "common/outbox/outbox.h"
#include "services/opportunities/domain/opportunity.h"

namespace bellwether::opportunities {

// The opportunity as it stands after a change, keyed by account, or by its own id for a lead
// without one; before that, when its key is another now, that it is no longer found under the old
// one. events.v1.SubjectChanged entries; `before` is null for a new opportunity.
std::vector<outbox::OutboxRow> JournalRows(const Opportunity* before,
                                           const Opportunity& opportunity,
                                           const command::Moment& moment);

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_
