// Ports: the opportunities as they are stored, and their changes on the way to the journal.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_APPLICATION_OPPORTUNITY_REPOSITORY_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_APPLICATION_OPPORTUNITY_REPOSITORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/store/store.h"
#include "services/opportunities/domain/opportunity.h"

namespace bellwether::opportunities {

// What is not set means any.
struct OpportunityFilter {
  std::optional<std::string> account_id;  // empty: leads without an account
  std::optional<State> state;
  std::string owner;
};

// Thread-safe; every call works in the transaction it is given.
class OpportunityRepository {
 public:
  virtual ~OpportunityRepository() = default;

  virtual absl::StatusOr<std::optional<Opportunity>> Find(store::Transaction& transaction,
                                                          const std::string& id) = 0;
  // As Find, and nobody else changes the opportunity until the transaction ends.
  virtual absl::StatusOr<std::optional<Opportunity>> FindForUpdate(store::Transaction& transaction,
                                                                   const std::string& id) = 0;
  // By id, after `after`.
  virtual absl::StatusOr<std::vector<Opportunity>> List(store::Transaction& transaction,
                                                        const OpportunityFilter& filter,
                                                        const std::string& after,
                                                        size_t count_max) = 0;
  virtual absl::StatusOr<int64_t> Count(store::Transaction& transaction,
                                        const OpportunityFilter& filter) = 0;
  virtual absl::Status Insert(store::Transaction& transaction, const Opportunity& opportunity) = 0;
  virtual absl::Status Update(store::Transaction& transaction, const Opportunity& opportunity) = 0;

  // The opportunity as bytes, for answers that are kept.
  virtual std::string Encode(const Opportunity& opportunity) const = 0;
  virtual absl::StatusOr<Opportunity> Decode(const std::string& bytes) const = 0;
};

class OpportunityChanges {
 public:
  virtual ~OpportunityChanges() = default;
  // In the transaction of the change. `advanced`: it moved to a later stage.
  virtual absl::Status Record(store::Transaction& transaction, const Opportunity& opportunity,
                              bool advanced, absl::Time now) = 0;
  // A transaction with changes has been committed: they may leave.
  virtual void Committed() = 0;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_APPLICATION_OPPORTUNITY_REPOSITORY_H_
