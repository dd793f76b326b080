// Opportunity changes on their way into the journal.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_

#include "common/command/command.h"
#include "common/outbox/outbox.h"
#include "services/opportunities/domain/opportunity.h"

namespace bellwether::opportunities {

// An events.v1.SubjectChanged, keyed by account, or by its own id for a lead without one. `before`
// is null for a new opportunity.
outbox::OutboxRow JournalRow(const Opportunity* before, const Opportunity& opportunity,
                             const command::Moment& moment);

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_
