// Opportunities in SQL.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_SQL_OPPORTUNITIES_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_SQL_OPPORTUNITIES_H_

#include <optional>
#include <string>
#include <vector>

#include "services/opportunities/application/opportunity_repository.h"

namespace bellwether::opportunities {

// Makes the service's own table; once, at start.
absl::Status CreateTables(store::Store& store);

// The table of migrations/0001_opportunities.sql. Thread-safe.
class SqlOpportunities final : public OpportunityRepository {
 public:
  explicit SqlOpportunities(const store::Store& store) : for_update_(store.ForUpdate()) {}

  absl::StatusOr<std::optional<Opportunity>> Find(store::Transaction& transaction,
                                                  const std::string& id) override;
  absl::StatusOr<std::optional<Opportunity>> FindForUpdate(store::Transaction& transaction,
                                                           const std::string& id) override;
  absl::StatusOr<std::vector<Opportunity>> List(store::Transaction& transaction,
                                                const OpportunityFilter& filter,
                                                const std::string& after,
                                                size_t count_max) override;
  absl::StatusOr<int64_t> Count(store::Transaction& transaction,
                                const OpportunityFilter& filter) override;
  absl::Status Insert(store::Transaction& transaction, const Opportunity& opportunity) override;
  absl::Status Update(store::Transaction& transaction, const Opportunity& opportunity) override;
  std::string Encode(const Opportunity& opportunity) const override;
  absl::StatusOr<Opportunity> Decode(const std::string& bytes) const override;

 private:
  absl::StatusOr<std::optional<Opportunity>> Read(store::Transaction& transaction,
                                                  const std::string& id, absl::string_view lock);
  absl::Status Write(store::Transaction& transaction, absl::string_view sql,
                     const Opportunity& opportunity);

  const std::string for_update_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_SQL_OPPORTUNITIES_H_
