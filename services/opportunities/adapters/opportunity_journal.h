// Opportunity changes on their way into the journal.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_

#include "common/outbox/relay.h"
#include "services/opportunities/application/opportunity_repository.h"

namespace bellwether::opportunities {

// Writes events.v1.SubjectChanged entries into the outbox, keyed by account, or by its own id
// for a lead without one. In a journal that builds a past they take effect when the state they tell
// of began. Thread-safe; outlived by the relay.
class OpportunityJournal final : public OpportunityChanges {
 public:
  explicit OpportunityJournal(outbox::Relay& relay) : relay_(relay) {}

  absl::Status Record(store::Transaction& transaction, const Opportunity& opportunity,
                      bool advanced, absl::Time now) override;
  void Committed() override { relay_.Wake(); }

 private:
  outbox::Relay& relay_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_JOURNAL_H_
