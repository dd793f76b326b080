// Cases, timelines, outbox rows and deliveries in the service's own tables.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_CASE_ROWS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_CASE_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/store/store.h"
#include "services/alerts/application/case_rows.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/notify.h"

namespace bellwether::alerts {

// Makes the tables of the service; once per store, at start.
absl::Status CreateTables(store::Store& store);

// Shared by everything that writes cases; immutable.
struct CaseRowsContext {
  std::string for_update;  // Store::ForUpdate()
  CasePolicy policy;
};

// Lives for one transaction, which it does not own.
class SqlCaseRows final : public CaseRows {
 public:
  SqlCaseRows(store::Transaction& transaction, const CaseRowsContext& context)
      : transaction_(transaction), context_(context) {}

  absl::StatusOr<std::optional<Case>> LockLatest(absl::string_view rule_id,
                                                 absl::string_view subject_type,
                                                 absl::string_view subject) override;
  absl::StatusOr<std::vector<Case>> LockAll(absl::string_view rule_id,
                                            absl::string_view subject_type,
                                            absl::string_view subject) override;
  absl::StatusOr<std::optional<Case>> Lock(absl::string_view alert_id) override;
  absl::StatusOr<std::vector<Case>> LockOpen(int32_t partition) override;
  absl::StatusOr<absl::flat_hash_set<std::string>> SentBefore(absl::string_view alert_id) override;
  absl::StatusOr<std::vector<Silence>> ActiveSilences(absl::Time at) override;
  absl::StatusOr<std::vector<Case>> HeldBack(absl::string_view after) override;
  absl::Status Write(const Decision& decision, absl::Span<const PlannedDelivery> deliveries,
                     int32_t partition, absl::Time now) override;

 private:
  absl::Status WriteCase(const Case& alert, int32_t partition, absl::Time now);
  absl::Status Publish(const Decision& decision, absl::Time now);
  absl::Status WriteDeliveries(const Decision& decision,
                               absl::Span<const PlannedDelivery> deliveries, absl::Time now);

  store::Transaction& transaction_;
  const CaseRowsContext& context_;
  // Those in force at `silences_at_`, once somebody has asked.
  std::optional<std::vector<Silence>> silences_;
  absl::Time silences_at_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_CASE_ROWS_H_
