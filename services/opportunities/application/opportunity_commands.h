// Use cases: open an opportunity and change it.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_APPLICATION_OPPORTUNITY_COMMANDS_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_APPLICATION_OPPORTUNITY_COMMANDS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/idempotency/request_ids.h"
#include "common/store/group_commit.h"
#include "common/store/store.h"
#include "services/opportunities/application/opportunity_repository.h"
#include "services/opportunities/domain/opportunity.h"
#include "services/opportunities/domain/process.h"

namespace bellwether::opportunities {

// Thread-safe. State, kept answer and outbox row are one transaction; concurrent calls share its
// trip to the disk, which is what makes bulk imports quick. Errors as the domain functions and
// AnswerOnce.
class OpportunityCommands {
 public:
  OpportunityCommands(store::Store& store, OpportunityRepository& repository,
                      OpportunityChanges& changes, const Process& process, const Clock& clock,
                      absl::Duration ahead_max = kAheadMaxDefault)
      : repository_(repository),
        changes_(changes),
        process_(process),
        clock_(clock),
        ahead_max_(ahead_max),
        group_(store) {}

  // ALREADY_EXISTS / OPPORTUNITY_EXISTS.
  absl::StatusOr<Opportunity> Create(const Opportunity& wanted,
                                     const idempotency::Request& request);

  // `decide` turns the present opportunity into the wanted one, or refuses; it may run more than
  // once. A decision that changes nothing writes nothing. NOT_FOUND / OPPORTUNITY_NOT_FOUND.
  using Decide =
      absl::FunctionRef<absl::StatusOr<Opportunity>(const Opportunity& present, absl::Time now)>;
  absl::StatusOr<Opportunity> Change(const std::string& id, Decide decide,
                                     const idempotency::Request& request);

  const Process& process() const { return process_; }

 private:
  using Mutate =
      absl::FunctionRef<absl::StatusOr<Opportunity>(store::Transaction&, absl::Time now)>;
  absl::StatusOr<Opportunity> Run(const idempotency::Request& request, Mutate mutate);

  OpportunityRepository& repository_;
  OpportunityChanges& changes_;
  const Process& process_;
  const Clock& clock_;
  const absl::Duration ahead_max_;  // of instants of the past: clocks of callers differ
  store::GroupCommit group_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_APPLICATION_OPPORTUNITY_COMMANDS_H_
