// Opportunities in SQL.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_SQL_OPPORTUNITIES_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_SQL_OPPORTUNITIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/command/entity_commands.h"
#include "common/store/store.h"
#include "services/opportunities/domain/opportunity.h"

namespace bellwether::opportunities {

// Makes the service's own table; once, at start.
absl::Status CreateTables(store::Store& store);

// What is not set means any.
struct OpportunityFilter {
  std::optional<std::string> account_id;  // empty: leads without an account
  std::optional<State> state;
  std::string owner;
  std::string import_run;
};

// The table of migrations/. Thread-safe; works in the transaction it is
// given.
class SqlOpportunities final : public command::Entities<Opportunity> {
 public:
  // An instant of the past may lie `ahead_max` ahead of our clock: clocks differ.
  SqlOpportunities(const store::Store& store, absl::Duration ahead_max)
      : for_update_(store.ForUpdate()), ahead_max_(ahead_max) {}

  // None of those that are withdrawn.
  absl::StatusOr<std::optional<Opportunity>> Find(store::Transaction& transaction,
                                                  const std::string& id);
  // By id, after `after`; none of those that are withdrawn.
  absl::StatusOr<std::vector<Opportunity>> List(store::Transaction& transaction,
                                                const OpportunityFilter& filter,
                                                const std::string& after, size_t count_max);
  absl::StatusOr<int64_t> Count(store::Transaction& transaction, const OpportunityFilter& filter);

  absl::StatusOr<std::optional<Opportunity>> FindForUpdate(store::Transaction& transaction,
                                                           const std::string& id) override;
  absl::Status Insert(store::Transaction& transaction, Opportunity& opportunity) override;
  absl::Status Update(store::Transaction& transaction, const Opportunity& before,
                      const Opportunity& after) override;
  bool IsGone(const Opportunity& opportunity) const override { return opportunity.withdrawn; }
  std::vector<outbox::OutboxRow> Outgoing(const Opportunity* before, const Opportunity& after,
                                          const command::Moment& moment) const override;
  std::vector<audit::v1::FieldChange> Difference(const Opportunity* before,
                                                 const Opportunity& after) const override;
  std::string Encode(const Opportunity& opportunity) const override;
  absl::StatusOr<Opportunity> Decode(const std::string& bytes) const override;

 private:
  absl::StatusOr<std::optional<Opportunity>> Read(store::Transaction& transaction,
                                                  const std::string& id, absl::string_view lock);
  absl::Status Write(store::Transaction& transaction, absl::string_view sql,
                     const Opportunity& opportunity);

  const std::string for_update_;
  const absl::Duration ahead_max_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_SQL_OPPORTUNITIES_H_
