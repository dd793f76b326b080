// The alert board over gRPC (L3, L7).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTS_GRPC_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTS_GRPC_H_

#include <functional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/watch_hub.h"
#include "common/store/store.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/application/case_book.h"

namespace bellwether::alerts {

inline constexpr size_t kActorBytesMax = 128;
inline constexpr size_t kNoteBytesMax = 2'000;

// Thread-safe; outlives the server that hosts it and is outlived by everything it refers to.
class AlertsGrpc final : public v1::AlertsService::CallbackService {
 public:
  struct Ports {
    store::Store& store;
    const Clock& clock;
    const CaseBook& cases;
    const CaseRowsContext& rows;
    // As configured, disabled ones too.
    const v1::RuleSet& rules;
    rpc::CallPool& pool;
    rpc::OpenStreams& streams;
    // OK while changes reach Publish.
    std::function<absl::Status()> feed_ready;
    // Called when something has been written that is to leave.
    std::function<void()> written;
  };

  explicit AlertsGrpc(Ports ports);

  // Offers a change to every watcher. Never blocks.
  void Publish(const v1::AlertChanged& change);
  // Ends every watch that is open with that status. Never blocks.
  void EndWatches(const absl::Status& why) { watchers_.EndAll(why); }

  grpc::ServerUnaryReactor* ListAlerts(grpc::CallbackServerContext* context,
                                       const v1::ListAlertsRequest* request,
                                       v1::ListAlertsResponse* response) override;
  grpc::ServerUnaryReactor* GetAlert(grpc::CallbackServerContext* context,
                                     const v1::GetAlertRequest* request,
                                     v1::Alert* response) override;
  grpc::ServerUnaryReactor* AcknowledgeAlert(grpc::CallbackServerContext* context,
                                             const v1::AcknowledgeAlertRequest* request,
                                             v1::Alert* response) override;
  grpc::ServerUnaryReactor* ResolveAlert(grpc::CallbackServerContext* context,
                                         const v1::ResolveAlertRequest* request,
                                         v1::Alert* response) override;
  grpc::ServerWriteReactor<v1::WatchAlertsResponse>* WatchAlerts(
      grpc::CallbackServerContext* context, const v1::WatchAlertsRequest* request) override;
  grpc::ServerUnaryReactor* ListRules(grpc::CallbackServerContext* context,
                                      const v1::ListRulesRequest* request,
                                      v1::ListRulesResponse* response) override;

 private:
  absl::StatusOr<v1::ListAlertsResponse> List(const v1::ListAlertsRequest& request) const;
  absl::StatusOr<v1::Alert> Get(const v1::GetAlertRequest& request) const;
  absl::Status CheckRule(store::Transaction& transaction, const std::string& rule_id) const;
  absl::StatusOr<v1::Alert> Acknowledge(const v1::AcknowledgeAlertRequest& request) const;
  absl::StatusOr<v1::Alert> Resolve(const v1::ResolveAlertRequest& request) const;
  // One transaction: `change` at most once per request id, and the alert afterwards.
  template <typename Request>
  absl::StatusOr<v1::Alert> Mutate(
      absl::string_view method, const Request& request,
      absl::FunctionRef<absl::Status(CaseRows&, absl::string_view alert_id, absl::Time now)> change)
      const;

  const Ports ports_;
  rpc::WatchHub<v1::WatchAlertsResponse> watchers_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTS_GRPC_H_
