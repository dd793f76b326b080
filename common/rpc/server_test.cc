#include "common/rpc/server.h"

#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::server_test {
namespace {

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

TEST_F(ServerTest, AnswersOnTheFreePortItReports) {
  Start();
  EXPECT_GT(server_->port(), 0);
  EXPECT_EQ(Get("a")->name(), "a");
  grpc::ClientContext context;
  v1::ListRulesResponse rules;
  ASSERT_TRUE(stub_->ListRules(&context, {}, &rules).ok());
  EXPECT_EQ(rules.rules(0).rule_id(), "R13");
}

TEST_F(ServerTest, DoesNotStartWithATableThatDoesNotFitItsService) {
  metrics::Registry metrics;
  CallPool pool({.threads = 1}, metrics);
  Server server({});
  server.Add(MethodTable(v1::AlertsService::service_full_name(), pool),
             [] { return absl::OkStatus(); });
  const absl::Status status = server.Start();
  EXPECT_EQ(DetailOf(status)->reason, "METHOD_TABLE_INVALID");
  EXPECT_THAT(std::string(status.message()), HasSubstr("GetAlert: has no line"));
}

TEST_F(ServerTest, RefusesEveryAddressButLoopbackAndSaysWhy) {
  Server server({.listen = "0.0.0.0:0"});
  const absl::Status status = server.Start();
  EXPECT_EQ(DetailOf(status)->reason, "LISTEN_NEEDS_TLS");
  EXPECT_THAT(std::string(status.message()), HasSubstr("0.0.0.0:0"));
}

TEST_F(ServerTest, RefusesAPortThatIsTaken) {
  Start();
  Server second({.listen = server_->target()});
  EXPECT_EQ(DetailOf(second.Start())->reason, "LISTEN_FAILED");
}

TEST_F(ServerTest, ReportsHealthPerServiceAsReadinessChanges) {
  Start();
  const std::string name = v1::AlertsService::service_full_name();
  EXPECT_EQ(HealthOf(name), HealthCheckResponse::SERVING);
  EXPECT_EQ(HealthOf(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(HealthOf("no.such.Service"), -static_cast<int>(grpc::StatusCode::NOT_FOUND));
  ready_ = false;
  EXPECT_TRUE(Await([&] {
    return HealthOf(name) == HealthCheckResponse::NOT_SERVING &&
           HealthOf("") == HealthCheckResponse::NOT_SERVING;
  }));
  ready_ = true;
  EXPECT_TRUE(Await([&] {
    return HealthOf(name) == HealthCheckResponse::SERVING &&
           HealthOf("") == HealthCheckResponse::SERVING;
  }));
}

TEST_F(ServerTest, ReportsNotServingWhileTheProcessIsNotReady) {
  std::atomic<bool> process_ready = false;
  Start({}, {}, {.ready = [&] {
          return process_ready ? absl::OkStatus() : absl::UnavailableError("no bus");
        }});
  const std::string name = v1::AlertsService::service_full_name();
  EXPECT_EQ(HealthOf(name), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(HealthOf(""), HealthCheckResponse::NOT_SERVING);
  process_ready = true;
  EXPECT_EQ(HealthOf(name), HealthCheckResponse::SERVING);
  EXPECT_EQ(HealthOf(""), HealthCheckResponse::SERVING);
  ready_ = false;
  EXPECT_EQ(HealthOf(name), HealthCheckResponse::NOT_SERVING) << "the service has its own say";
  server_->Stop(absl::Now() + kDeadline);
}

TEST_F(ServerTest, ListsItsServicesByReflection) {
  Start();
  // ServerReflectionRequest {string list_services = 7}.
  std::string text;
  ASSERT_TRUE(Call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                   std::string("\x3a\x00", 2), text)
                  .ok());
  EXPECT_THAT(text, HasSubstr("bellwether.alerts.v1.AlertsService"));
  EXPECT_THAT(text, HasSubstr("grpc.health.v1.Health"));
}

TEST_F(ServerTest, StreamsHealthAndEndsThoseStreamsOnDrain) {
  Start();
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service(v1::AlertsService::service_full_name());
  auto health = Health::NewStub(channel_);
  auto reader = health->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  ready_ = false;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  const absl::Time begun = absl::Now();
  server_->Stop(begun + kDeadline);
  EXPECT_LT(absl::Now() - begun, kDeadline / 2);
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, ReportsToWatchersOfHealthThatAServiceIsNotHosted) {
  Start();
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("no.such.Service");
  auto health = Health::NewStub(channel_);
  auto reader = health->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  context.TryCancel();
}

TEST_F(ServerTest, DrainEndsStreamsAndLetsCallsInFlightFinish) {
  Start();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  absl::StatusOr<v1::Alert> answer;
  std::jthread call([&] { answer = Get("wait"); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  std::jthread stop([&] { server_->Stop(absl::Now() + kDeadline); });
  v1::WatchAlertsResponse change;
  EXPECT_FALSE(ReadChange(*reader, change));
  const absl::Status status = FromGrpcStatus(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailOf(status)->reason, "DRAINING");
  service_->may_answer.Notify();
  call.join();
  stop.join();
  EXPECT_TRUE(answer.ok()) << answer.status();
}

}  // namespace
}  // namespace bellwether::rpc::server_test
