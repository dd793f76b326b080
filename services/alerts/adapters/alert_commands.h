// The commands of AlertsService (L3).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_COMMANDS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_COMMANDS_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/command/runner.h"
#include "common/idempotency/request_ids.h"
#include "common/rpc/call.h"
#include "services/alerts/adapters/alert_queries.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/application/case_book.h"

namespace bellwether::alerts {

inline constexpr size_t kNoteBytesMax = 2'000;
inline constexpr int kBatchAlertsMax = 200;
// Each alert of a batch is kept under an id that is 17 bytes longer.
inline constexpr size_t kBatchRequestIdLengthMax = idempotency::kRequestIdLengthMax - 17;

// Thread-safe; outlived by what it refers to. Errors as command::Runner and CaseBook.
class AlertCommands {
 public:
  AlertCommands(command::Runner& runner, const CaseBook& cases, const CaseRowsContext& rows,
                const AlertQueries& queries)
      : runner_(runner), cases_(cases), rows_(rows), queries_(queries) {}

  absl::StatusOr<v1::Alert> Acknowledge(const v1::AcknowledgeAlertRequest& request,
                                        const rpc::Call& call) const;
  // One by one, each as Acknowledge does it.
  absl::StatusOr<v1::BatchAcknowledgeAlertsResponse> BatchAcknowledge(
      const v1::BatchAcknowledgeAlertsRequest& request, const rpc::Call& call) const;
  absl::StatusOr<v1::Alert> Unacknowledge(const v1::UnacknowledgeAlertRequest& request,
                                          const rpc::Call& call) const;
  absl::StatusOr<v1::Alert> Resolve(const v1::ResolveAlertRequest& request,
                                    const rpc::Call& call) const;

 private:
  // Changes the alert that the request names: `decide` writes what it decides, or refuses.
  template <typename Request>
  absl::StatusOr<v1::Alert> Change(
      const Request& request, const rpc::Call& call,
      absl::FunctionRef<absl::Status(CaseRows&, absl::string_view alert_id, absl::Time now)> decide)
      const;

  command::Runner& runner_;
  const CaseBook& cases_;
  const CaseRowsContext& rows_;
  const AlertQueries& queries_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_COMMANDS_H_
