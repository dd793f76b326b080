#include "services/alerts/testing/alerts_deployment.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/journal/clock_round.h"
#include "common/journal/entry.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "common/testing/await.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::testing {
namespace {

void Require(const absl::Status& status) {
  BELLWETHER_CHECK(status.ok(), std::string(status.message()).c_str());
}

template <typename T>
T Required(absl::StatusOr<T> result) {
  Require(result.status());
  return *std::move(result);
}

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

AlertsDeployment::AlertsDeployment()
    : directory_(std::filesystem::temp_directory_path() / absl::StrCat("alerts-", NewUuid())),
      clock_(for_tests::kStart),
      calendar_(Required(Calendar::Create({}))) {
  std::filesystem::create_directories(directory_);
  config_.partitions = 2;
  config_.checkpoint_interval = absl::Milliseconds(100);
  config_.webhook_timeout = absl::Milliseconds(500);
  bus_ = Required(bus::OpenBus(absl::StrCat("embedded:", directory_, "/bus")));
  store_ = database_.Open();
  producer_ = Required(bus_->NewProducer());
  Require(bus_->EnsureTopic({.name = bus::kSignalsTopic, .partitions = config_.partitions}));
}

AlertsDeployment::~AlertsDeployment() {
  Stop();
  producer_.reset();
  bus_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void AlertsDeployment::SetWebhook(const std::string& url) {
  config_.webhooks_file = absl::StrCat(directory_, "/webhooks.yaml");
  WriteFile(absl::StrCat(directory_, "/secret"), absl::StrCat(kWebhookSecret, "\n"));
  WriteFile(config_.webhooks_file, absl::StrCat("targets:\n  - name: ops\n    url: \"", url,
                                                "\"\n    secret_file: ", directory_, "/secret\n"));
}

void AlertsDeployment::Start() {
  metrics_ = std::make_unique<metrics::Registry>();
  pool_ = std::make_unique<rpc::CallPool>(rpc::WorkerPoolOptions{.threads = 2}, *metrics_);
  server_ = std::make_unique<rpc::Server>(rpc::ServerOptions{});
  app_ = Required(App::Create(config_, {.bus = *bus_,
                                        .store = *store_,
                                        .clock = clock_,
                                        .calendar = calendar_,
                                        .metrics = *metrics_,
                                        .pool = *pool_}));
  app_->Register(*server_);
  Require(app_->Start());
  Require(server_->Start());
  channel_ = Required(rpc::Connect(server_->target()));
  stub_ = v1::AlertsService::NewStub(channel_);
  BELLWETHER_CHECK(bellwether::testing::Await([this] { return app_->Ready().ok(); }),
                   "the service becomes ready");
}

void AlertsDeployment::Stop() {
  if (app_ == nullptr) return;
  stub_.reset();
  channel_.reset();
  server_->Stop(absl::Now() + absl::Seconds(5));
  app_->Stop();
  pool_->Stop();
  app_.reset();
  server_.reset();
  pool_.reset();
}

void AlertsDeployment::Produce(absl::string_view topic, int32_t partition, bus::Message message) {
  absl::Notification written;
  Require(producer_->Produce(topic, partition, std::move(message),
                             [&](absl::StatusOr<bus::Position> position) {
                               Require(position.status());
                               written.Notify();
                             }));
  written.WaitForNotification();
}

void AlertsDeployment::PublishSignal(const std::string& subject, int64_t version, double score) {
  const absl::Time now = clock_.Now();
  Produce(bus::kSignalsTopic, PartitionOf(subject, config_.partitions),
          SignalRecord(SignalOf(subject, version, now, Score(score)), now));
}

void AlertsDeployment::Tick(absl::Time at) {
  for (int32_t partition = 0; partition < config_.partitions; ++partition) {
    Produce(bus::kSignalsTopic, partition, journal::EncodeTick(partition, at, /*backfill=*/false));
  }
}

void AlertsDeployment::TickClock() {
  Produce(bus::kClockTopic, 0, journal::EncodeClockRound({.time = clock_.Now()}));
}

absl::StatusOr<v1::ListAlertsResponse> AlertsDeployment::List(
    const v1::ListAlertsRequest& request) {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout);
  v1::ListAlertsResponse response;
  const absl::Status status = rpc::FromGrpcStatus(stub_->ListAlerts(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::Alert> AlertsDeployment::Get(const std::string& alert_id) {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout);
  v1::GetAlertRequest request;
  request.set_name(absl::StrCat("alerts/", alert_id));
  v1::Alert response;
  const absl::Status status = rpc::FromGrpcStatus(stub_->GetAlert(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::Alert> AlertsDeployment::Acknowledge(const v1::AcknowledgeAlertRequest& request,
                                                        absl::string_view by) {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout);
  if (!by.empty()) rpc::SetPrincipal(context, by);
  v1::Alert response;
  const absl::Status status =
      rpc::FromGrpcStatus(stub_->AcknowledgeAlert(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<v1::Alert> AlertsDeployment::Resolve(const v1::ResolveAlertRequest& request,
                                                    absl::string_view by) {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout);
  if (!by.empty()) rpc::SetPrincipal(context, by);
  v1::Alert response;
  const absl::Status status =
      rpc::FromGrpcStatus(stub_->ResolveAlert(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

bool AlertsDeployment::AwaitState(const std::string& alert_id, v1::AlertState state) {
  return bellwether::testing::Await([&] {
    const absl::StatusOr<v1::Alert> alert = Get(alert_id);
    return alert.ok() && alert->state() == state;
  });
}

}  // namespace bellwether::alerts::testing
