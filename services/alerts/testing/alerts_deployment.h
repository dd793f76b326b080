// The whole service in process, on the embedded bus, for integration tests.
#ifndef BELLWETHER_SERVICES_ALERTS_TESTING_ALERTS_DEPLOYMENT_H_
#define BELLWETHER_SERVICES_ALERTS_TESTING_ALERTS_DEPLOYMENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "common/store/store.h"
#include "common/store/testing/test_database.h"
#include "common/testing/fake_clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "services/alerts/app.h"

namespace bellwether::alerts::testing {

inline constexpr absl::Duration kCallTimeout = absl::Seconds(20);
inline constexpr char kWebhookSecret[] = "a secret of 24 characters";

// Bus and store of its own, which go away with it; the process between Start and Stop. The clock is
// the tests'.
class AlertsDeployment {
 public:
  AlertsDeployment();
  ~AlertsDeployment();

  // Notifications go there from the next Start on.
  void SetWebhook(const std::string& url);
  // Likewise.
  void SetAlertmanager(const std::string& url, absl::Duration repeat) {
    config_.alertmanager_url = url;
    config_.alertmanager_repeat = repeat;
  }
  void Start();
  void Stop();

  // Waits until the signal is in the log.
  void PublishSignal(const std::string& subject, int64_t version, double score);
  void Tick(absl::Time at);
  // Announces a round of ticks at the clock's present time.
  void TickClock();

  v1::AlertsService::Stub& stub() { return *stub_; }
  absl::StatusOr<v1::ListAlertsResponse> List(const v1::ListAlertsRequest& request = {});
  absl::StatusOr<v1::Alert> Get(const std::string& alert_id);
  // As that person; nobody says who it is where `by` is empty.
  absl::StatusOr<v1::Alert> Acknowledge(const v1::AcknowledgeAlertRequest& request,
                                        absl::string_view by);
  absl::StatusOr<v1::Alert> Resolve(const v1::ResolveAlertRequest& request, absl::string_view by);
  // Any unary method, as that person.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::AlertsService::Stub::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const Request& request, absl::string_view by = "") {
    grpc::ClientContext context;
    rpc::Prepare(context, kCallTimeout);
    if (!by.empty()) rpc::SetPrincipal(context, by);
    Response response;
    const absl::Status status = rpc::FromGrpcStatus((*stub_.*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  // Waits until the alert is in that state; false when it never is.
  bool AwaitState(const std::string& alert_id, v1::AlertState state);

  App& app() { return *app_; }
  const AlertsConfig& config() const { return config_; }
  bus::Bus& bus() { return *bus_; }
  store::Store& store() { return *store_; }
  const Calendar& calendar() const { return calendar_; }
  bellwether::testing::FakeClock& clock() { return clock_; }
  metrics::Registry& metrics() { return *metrics_; }

 private:
  void Produce(absl::string_view topic, int32_t partition, bus::Message message);

  const std::string directory_;
  bellwether::testing::FakeClock clock_;
  const Calendar calendar_;
  AlertsConfig config_;
  std::unique_ptr<bus::Bus> bus_;
  const store::testing::TestDatabase database_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<bus::Producer> producer_;
  std::unique_ptr<metrics::Registry> metrics_;
  std::unique_ptr<rpc::CallPool> pool_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<App> app_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AlertsService::Stub> stub_;
};

}  // namespace bellwether::alerts::testing

#endif  // BELLWETHER_SERVICES_ALERTS_TESTING_ALERTS_DEPLOYMENT_H_
