// What is still to be taken into cuts that were shown, in SQL.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_CORRECTIONS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_CORRECTIONS_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/store/store.h"
#include "services/accounts/application/restated_figures.h"

namespace bellwether::accounts {

// The tables of migrations/0005_rfm_corrections.sql. Stateless; every call works in the transaction
// it is given.
class SqlRfmCorrections {
 public:
  absl::Status Save(store::Transaction& transaction, absl::Span<const RestatedFigures> restated);
  // Cuts are to be corrected at these instants.
  absl::Status Schedule(store::Transaction& transaction, absl::Span<const absl::Time> due);
  absl::StatusOr<std::optional<absl::Time>> NextDue(store::Transaction& transaction);
  // What became known in the partition in the interval that began at `known`.
  absl::StatusOr<std::vector<RestatedFigures>> KnownIn(store::Transaction& transaction,
                                                       int32_t partition, absl::Time known);
  // What became known before `at`, of each account in the order in which it did.
  absl::StatusOr<std::vector<RestatedFigures>> KnownBefore(store::Transaction& transaction,
                                                           absl::Time at);
  // Cuts are corrected as of `at`.
  absl::Status Forget(store::Transaction& transaction, absl::Time at);
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_CORRECTIONS_H_
