// The server, its pool, streams, health and reflection, over real connections on port 0.
#include "common/rpc/server.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/log/trace.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/client.h"
#include "common/rpc/paging.h"
#include "common/rpc/status.h"
#include "common/rpc/watch_hub.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health_service.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace bellwether::rpc {
namespace {

using namespace ::bellwether::alerts::v1;  // NOLINT: the messages of the service under test
using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Seconds(20);

class ShiftedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now() + ahead.load(); }
  std::atomic<absl::Duration> ahead = absl::ZeroDuration();
};

// Calls gate on notifications that the test holds.
class FakeAlerts final : public AlertsService::CallbackService {
 public:
  FakeAlerts(OpenStreams& streams, CallPool& pool, WatchLimits limits)
      : pool_(pool), hub(streams, pool, limits) {}

  grpc::ServerUnaryReactor* GetAlert(grpc::CallbackServerContext* context,
                                     const GetAlertRequest* request, Alert* response) override {
    latest = context;
    return pool_.Handle(context, request, response,
                        [this](const GetAlertRequest& request, const CallInfo& call) {
                          return Get(request, call);
                        });
  }
  grpc::ServerUnaryReactor* ListRules(grpc::CallbackServerContext* context,
                                      const ListRulesRequest* request,
                                      ListRulesResponse* response) override {
    return pool_.HandleInline(
        context, request, response,
        [](const ListRulesRequest&, const CallInfo&) -> absl::StatusOr<ListRulesResponse> {
          ListRulesResponse rules;
          rules.add_rules()->set_rule_id("R13");
          return rules;
        });
  }
  grpc::ServerUnaryReactor* ListAlerts(grpc::CallbackServerContext* context,
                                       const ListAlertsRequest* request,
                                       ListAlertsResponse* response) override {
    return pool_.Handle(context, request, response,
                        [](const ListAlertsRequest& request,
                           const CallInfo&) -> absl::StatusOr<ListAlertsResponse> {
                          ASSIGN_OR_RETURN(const std::string cursor, PageCursor(request));
                          ListAlertsResponse page;
                          page.add_alerts()->set_name(absl::StrCat("after:", cursor));
                          page.set_next_page_token(NextPageToken(request, "7"));
                          return page;
                        });
  }
  grpc::ServerWriteReactor<WatchAlertsResponse>* WatchAlerts(
      grpc::CallbackServerContext* context, const WatchAlertsRequest* request) override {
    WatchHub<WatchAlertsResponse>::Initial initial;
    if (request->include_open()) {
      initial =
          [this](const CallInfo&) -> absl::StatusOr<std::vector<WatchItem<WatchAlertsResponse>>> {
        loading.Notify();
        may_load.WaitForNotification();
        return std::vector<WatchItem<WatchAlertsResponse>>{{"a", Change("a", "old")},
                                                           {"b", Change("b", "old")}};
      };
    }
    return hub.Open(context, nullptr, std::move(initial));
  }

  static WatchAlertsResponse Change(absl::string_view name, absl::string_view text) {
    WatchAlertsResponse change;
    change.mutable_change()->mutable_alert()->set_name(std::string(name));
    change.mutable_change()->mutable_alert()->set_text(std::string(text));
    return change;
  }

 private:
  absl::StatusOr<Alert> Get(const GetAlertRequest& request, const CallInfo& call) {
    ++calls;
    if (request.name() == "wait") {
      waiting.Notify();
      may_answer.WaitForNotification();
    }
    if (request.name() == "throw") throw std::runtime_error("password=hunter2");
    if (request.name() == "absent") {
      return Error(absl::StatusCode::kNotFound, {"ALERT_NOT_FOUND", "name", "L3"}, "no such alert");
    }
    Alert alert;
    alert.set_name(request.name());
    alert.set_text(CurrentTrace().TraceIdHex());
    EXPECT_EQ(call.trace, CurrentTrace());
    return alert;
  }

  CallPool& pool_;

 public:
  WatchHub<WatchAlertsResponse> hub;
  std::atomic<int> calls = 0;
  std::atomic<grpc::CallbackServerContext*> latest = nullptr;  // of GetAlert
  absl::Notification waiting;
  absl::Notification may_answer;
  absl::Notification loading;
  absl::Notification may_load;
};

class ServerTest : public ::testing::Test {
 protected:
  void Start(WorkerPoolOptions pool = {.threads = 1, .queued_max = 4}, WatchLimits limits = {},
             ServerOptions options = {}) {
    pool_ = std::make_unique<CallPool>(pool, metrics_, clock_);
    server_ = std::make_unique<Server>(options);
    service_ = std::make_unique<FakeAlerts>(server_->streams(), *pool_, limits);
    server_->Add(AlertsService::service_full_name(), service_.get(),
                 [this] { return ready_ ? absl::OkStatus() : absl::UnavailableError("lagging"); });
    ASSERT_TRUE(server_->Start().ok());
    auto channel = Connect(server_->target(), {.services = {AlertsService::service_full_name()},
                                               .timeout = kDeadline});
    ASSERT_TRUE(channel.ok());
    channel_ = *channel;
    stub_ = AlertsService::NewStub(channel_);
  }

  void TearDown() override {
    if (server_ == nullptr) return;
    server_->Stop(absl::Now() + kDeadline);
    pool_->Stop();
  }

  absl::StatusOr<Alert> Get(const std::string& name, absl::Duration timeout = kDeadline) {
    grpc::ClientContext context;
    Prepare(context, timeout);
    GetAlertRequest request;
    request.set_name(name);
    Alert alert;
    const grpc::Status status = stub_->GetAlert(&context, request, &alert);
    if (!status.ok()) return FromGrpcStatus(status);
    return alert;
  }

  // A call without generated code: the reflection service is not among our protos.
  grpc::Status Call(const std::string& method, const std::string& request, std::string& response) {
    grpc::ClientContext context;
    Prepare(context, kDeadline);
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const auto stream = stub.PrepareCall(&context, method, &queue);
    const auto next = [&] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    grpc::Slice slice(request);
    grpc::ByteBuffer answer;
    grpc::Status status;
    stream->StartCall(this);
    next();
    stream->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), this);
    next();
    stream->Read(&answer, this);
    if (next()) {
      grpc::Slice content;
      answer.DumpToSingleSlice(&content);
      response.assign(content.begin(), content.end());
    }
    stream->Finish(&status, this);
    next();
    return status;
  }

  // The status, or the negative code of the refusal.
  int HealthOf(const std::string& service) {
    grpc::ClientContext context;
    Prepare(context, kDeadline);
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    const grpc::Status status = Health::NewStub(channel_)->Check(&context, request, &response);
    return status.ok() ? response.status() : -static_cast<int>(status.error_code());
  }

  bool Await(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + kDeadline;
    while (!condition()) {
      if (absl::Now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  metrics::Registry metrics_;
  ShiftedClock clock_;
  std::atomic<bool> ready_ = true;
  std::unique_ptr<CallPool> pool_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<FakeAlerts> service_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<AlertsService::Stub> stub_;
};

TEST_F(ServerTest, AnswersOnTheFreePortItReports) {
  Start();
  EXPECT_GT(server_->port(), 0);
  EXPECT_EQ(Get("a")->name(), "a");
  grpc::ClientContext context;
  ListRulesResponse rules;
  ASSERT_TRUE(stub_->ListRules(&context, {}, &rules).ok());
  EXPECT_EQ(rules.rules(0).rule_id(), "R13");
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

TEST_F(ServerTest, SendsReasonFieldAndRuleInDetailsAndTrailingMetadata) {
  Start();
  grpc::ClientContext context;
  GetAlertRequest request;
  request.set_name("absent");
  Alert alert;
  const absl::Status status = FromGrpcStatus(stub_->GetAlert(&context, request, &alert));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailOf(status)->reason, "ALERT_NOT_FOUND");
  const auto& trailer = context.GetServerTrailingMetadata();
  const auto value = [&](const char* name) {
    const auto found = trailer.find(name);
    return found == trailer.end() ? std::string()
                                  : std::string(found->second.data(), found->second.size());
  };
  EXPECT_EQ(value(kReasonMetadata), "ALERT_NOT_FOUND");
  EXPECT_EQ(value(kFieldMetadata), "name");
  EXPECT_EQ(value(kRuleMetadata), "L3");
}

TEST_F(ServerTest, SurvivesAHandlerThatThrowsAndHidesItsText) {
  LogCapture capture([](absl::string_view) {});
  Start();
  const absl::Status status = Get("throw").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("hunter2")));
  EXPECT_TRUE(Get("a").ok());
}

TEST_F(ServerTest, CarriesTheCallersTraceIntoTheHandler) {
  Start();
  const TraceContext trace = NewTrace();
  const TraceScope scope(trace);
  EXPECT_EQ(Get("a")->text(), trace.TraceIdHex());
}

TEST_F(ServerTest, AnswersResourceExhaustedWhenThePoolIsFull) {
  Start({.threads = 1, .queued_max = 1});
  std::jthread waiting([&] { EXPECT_TRUE(Get("wait").ok()); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  std::jthread queued([&] { EXPECT_TRUE(Get("queued").ok()); });
  ASSERT_TRUE(Await([&] { return pool_->queued() == 1; }));
  const absl::Status refused = Get("one too many").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailOf(refused)->reason, "POOL_FULL");
  service_->may_answer.Notify();
}

TEST_F(ServerTest, DoesNotRunACallWhoseDeadlineHasPassed) {
  Start();
  std::jthread waiting([&] { EXPECT_TRUE(Get("wait").ok()); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  absl::Status late;
  std::jthread queued([&] { late = Get("late").status(); });
  ASSERT_TRUE(Await([&] { return pool_->queued() == 1; }));
  clock_.ahead = absl::Hours(1);
  service_->may_answer.Notify();
  queued.join();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(DetailOf(late)->reason, "DEADLINE_EXCEEDED");
  EXPECT_EQ(service_->calls, 1);
}

TEST_F(ServerTest, DoesNotRunACallThatWasCancelled) {
  Start();
  std::jthread waiting([&] { EXPECT_TRUE(Get("wait").ok()); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  std::jthread cancelled([&] {
    GetAlertRequest request;
    request.set_name("cancelled");
    Alert alert;
    EXPECT_EQ(stub_->GetAlert(&context, request, &alert).error_code(), grpc::StatusCode::CANCELLED);
  });
  ASSERT_TRUE(Await([&] { return pool_->queued() == 1; }));
  context.TryCancel();
  cancelled.join();
  ASSERT_TRUE(Await([&] { return service_->latest.load()->IsCancelled(); }));
  service_->may_answer.Notify();
  waiting.join();
  EXPECT_TRUE(Get("next").ok());
  EXPECT_EQ(service_->calls, 2);
}

TEST_F(ServerTest, CountsRequestsErrorsAndTimePerMethod) {
  Start();
  ASSERT_TRUE(Get("a").ok());
  ASSERT_FALSE(Get("absent").ok());
  const std::string text = metrics_.Expose();
  const std::string labels = "method=\"GetAlert\",service=\"bellwether.alerts.v1.AlertsService\"";
  EXPECT_THAT(text, HasSubstr(absl::StrCat("requests_total{code=\"OK\",", labels, "} 1")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("requests_total{code=\"NOT_FOUND\",", labels, "} 1")));
  EXPECT_THAT(text, HasSubstr("reason=\"ALERT_NOT_FOUND\""));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("bellwether_rpc_seconds_count{", labels, "} 2")));
}

TEST_F(ServerTest, PagesAndRefusesAMalformedPageToken) {
  Start();
  const auto list = [&](const std::string& token, ListAlertsResponse* page) {
    grpc::ClientContext context;
    ListAlertsRequest request;
    request.set_page_token(token);
    return FromGrpcStatus(stub_->ListAlerts(&context, request, page));
  };
  ListAlertsResponse page;
  ASSERT_TRUE(list("", &page).ok());
  const std::string token = page.next_page_token();
  ASSERT_TRUE(list(token, &page).ok());
  EXPECT_EQ(page.alerts(0).name(), "after:7");
  const absl::Status status = list(token.substr(1), &page);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(status)->reason, "PAGE_TOKEN_INVALID");
}

TEST_F(ServerTest, TellsHealthPerServiceAsReadinessChanges) {
  Start();
  const std::string name = AlertsService::service_full_name();
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

TEST_F(ServerTest, StreamsChangesToEveryWatcher) {
  Start();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  service_->hub.Publish("a", FakeAlerts::Change("a", "1"));
  WatchAlertsResponse change;
  ASSERT_TRUE(reader->Read(&change));
  EXPECT_EQ(change.change().alert().text(), "1");
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(server_->streams().AwaitNone(absl::Now() + kDeadline));
  EXPECT_EQ(service_->hub.watchers(), 0u);
}

TEST_F(ServerTest, NeverLetsASnapshotOvertakeAChange) {
  Start();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  WatchAlertsRequest request;
  request.set_include_open(true);
  auto reader = stub_->WatchAlerts(&context, request);
  ASSERT_TRUE(service_->loading.WaitForNotificationWithTimeout(kDeadline));
  service_->hub.Publish("a", FakeAlerts::Change("a", "new"));
  service_->may_load.Notify();
  std::vector<std::string> got;
  WatchAlertsResponse change;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(reader->Read(&change));
    got.push_back(
        absl::StrCat(change.change().alert().name(), "=", change.change().alert().text()));
  }
  EXPECT_THAT(got, ElementsAre("a=new", "b=old"));
  context.TryCancel();
}

TEST_F(ServerTest, DropsAReaderThatLetsTooMuchWaitAndSaysSo) {
  Start({.threads = 1}, {.pending_bytes_max = 64 << 10});
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  // Nobody reads: flow control fills, then the queue.
  const std::string large(32 << 10, 'x');
  for (int i = 0; i < 1'000; ++i) service_->hub.Publish("", FakeAlerts::Change("", large));
  WatchAlertsResponse change;
  while (reader->Read(&change)) {
  }
  const absl::Status status = FromGrpcStatus(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailOf(status)->reason, "SLOW_READER");
}

TEST_F(ServerTest, CutsOffAReaderWhoseWriteStalls) {
  Start({.threads = 1}, {.pending_bytes_max = 64 << 20, .stall_max = absl::Seconds(30)});
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  const std::string large(32 << 10, 'x');
  for (int i = 0; i < 1'000; ++i) service_->hub.Publish("", FakeAlerts::Change("", large));
  EXPECT_EQ(service_->hub.watchers(), 1u);
  // Writes go through until flow control holds one; that one gets old.
  ASSERT_TRUE(Await([&] {
    clock_.ahead = clock_.ahead.load() + absl::Seconds(31);
    service_->hub.Publish("", FakeAlerts::Change("", "one more"));
    return server_->streams().size() == 0;
  }));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("bellwether_rpc_watchers_dropped_total{message="
                                           "\"WatchAlertsResponse\"} 1"));
}

TEST_F(ServerTest, RefusesAStreamTooMany) {
  Start({.threads = 1}, {}, {.streams_max = 1});
  grpc::ClientContext first;
  Prepare(first, kDeadline);
  auto open = stub_->WatchAlerts(&first, {});
  open->WaitForInitialMetadata();
  grpc::ClientContext second;
  Prepare(second, kDeadline);
  auto refused = stub_->WatchAlerts(&second, {});
  const absl::Status status = FromGrpcStatus(refused->Finish());
  EXPECT_EQ(DetailOf(status)->reason, "TOO_MANY_STREAMS");
}

TEST_F(ServerTest, StreamsHealthAndEndsThoseStreamsOnDrain) {
  Start();
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service(AlertsService::service_full_name());
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

TEST_F(ServerTest, TellsWatchersOfHealthThatAServiceIsNotHosted) {
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
  absl::StatusOr<Alert> answer;
  std::jthread call([&] { answer = Get("wait"); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  std::jthread stop([&] { server_->Stop(absl::Now() + kDeadline); });
  WatchAlertsResponse change;
  EXPECT_FALSE(reader->Read(&change));
  const absl::Status status = FromGrpcStatus(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailOf(status)->reason, "DRAINING");
  service_->may_answer.Notify();
  call.join();
  stop.join();
  EXPECT_TRUE(answer.ok()) << answer.status();
}

}  // namespace
}  // namespace bellwether::rpc
