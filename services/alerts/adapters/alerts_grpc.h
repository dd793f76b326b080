// The alert board over gRPC (L3, L7).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTS_GRPC_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTS_GRPC_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/command/runner.h"
#include "common/rpc/method_table.h"
#include "common/rpc/watch_hub.h"
#include "common/store/store.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/application/case_book.h"

namespace bellwether::alerts {

inline constexpr size_t kNoteBytesMax = 2'000;

// Thread-safe; outlives the server that hosts it and is outlived by everything it refers to.
class AlertsGrpc {
 public:
  struct Ports {
    store::Store& store;
    command::Runner& commands;
    const CaseBook& cases;
    const CaseRowsContext& rows;
    // As configured, disabled ones too.
    const v1::RuleSet& rules;
    const Clock& clock;
    rpc::CallPool& pool;
    rpc::OpenStreams& streams;
    // OK while changes reach Publish.
    std::function<absl::Status()> feed_ready;
  };

  explicit AlertsGrpc(Ports ports);

  rpc::MethodTable Methods();

  // Offers a change to every watcher. Never blocks.
  void Publish(const v1::AlertChanged& change);
  // Ends every watch that is open with that status. Never blocks.
  void EndWatches(const absl::Status& why) { watchers_.EndAll(why); }

 private:
  absl::StatusOr<v1::ListAlertsResponse> List(const v1::ListAlertsRequest& request) const;
  absl::StatusOr<v1::Alert> Get(const v1::GetAlertRequest& request) const;
  absl::Status CheckRule(store::Transaction& transaction, const std::string& rule_id) const;
  absl::StatusOr<v1::Alert> Acknowledge(const v1::AcknowledgeAlertRequest& request,
                                        const rpc::Call& call) const;
  absl::StatusOr<v1::Alert> Resolve(const v1::ResolveAlertRequest& request,
                                    const rpc::Call& call) const;
  using Watchers = rpc::WatchHub<v1::WatchAlertsResponse>;
  std::shared_ptr<Watchers::Stream> Watch(const v1::WatchAlertsRequest& request,
                                          const rpc::Call& call);
  // Changes the alert that the request names: `decide` writes what it decides, or refuses.
  template <typename Request>
  absl::StatusOr<v1::Alert> Change(
      const Request& request, const rpc::Call& call,
      absl::FunctionRef<absl::Status(CaseRows&, absl::string_view alert_id, absl::Time now)> decide)
      const;

  const Ports ports_;
  Watchers watchers_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTS_GRPC_H_
