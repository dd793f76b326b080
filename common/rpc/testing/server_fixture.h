// A server on a free port with a service whose calls wait for the test, and a client of it.
#ifndef BELLWETHER_COMMON_RPC_TESTING_SERVER_FIXTURE_H_
#define BELLWETHER_COMMON_RPC_TESTING_SERVER_FIXTURE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/log/trace.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/client.h"
#include "common/rpc/paging.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "common/rpc/stream_methods.h"
#include "common/rpc/watch_hub.h"
#include "grpc/health/v1/health_service.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace bellwether::rpc {

namespace v1 = ::bellwether::alerts::v1;

inline constexpr absl::Duration kDeadline = absl::Seconds(20);

class ShiftedClock final : public Clock {
 public:
  absl::Time Now() const override { return Clock::System().Now() + ahead.load(); }
  std::atomic<absl::Duration> ahead = absl::ZeroDuration();
};

// Calls gate on notifications that the test holds.
class FakeAlerts final {
 public:
  FakeAlerts(OpenStreams& streams, CallPool& pool, WatchLimits limits)
      : pool_(pool), hub(streams, pool, limits) {}

  MethodTable Methods() {
    MethodTable table(v1::AlertsService::service_full_name(), pool_);
    table.ServePart();
    table.Query("GetAlert", *this, &FakeAlerts::Get);
    table.InlineQuery("ListRules",
                      [](const v1::ListRulesRequest&) -> absl::StatusOr<v1::ListRulesResponse> {
                        v1::ListRulesResponse rules;
                        rules.add_rules()->set_rule_id("R13");
                        return rules;
                      });
    table.Query("ListAlerts",
                [](const v1::ListAlertsRequest& request) -> absl::StatusOr<v1::ListAlertsResponse> {
                  ASSIGN_OR_RETURN(const std::string cursor, PageCursor(request));
                  v1::ListAlertsResponse page;
                  page.add_alerts()->set_name(absl::StrCat("after:", cursor));
                  page.set_next_page_token(NextPageToken(request, "7"));
                  return page;
                });
    table.Command("AcknowledgeAlert", *this, &FakeAlerts::Acknowledge);
    table.Command("ResolveAlert", [](const v1::ResolveAlertRequest&) -> absl::StatusOr<v1::Alert> {
      return absl::UnimplementedError("not here");
    });
    table.ServerStream("WatchAlerts", [this](const v1::WatchAlertsRequest& request,
                                             const Call& call) { return Watch(request, call); });
    return table;
  }

  static v1::WatchAlertsResponse Change(absl::string_view name, absl::string_view text) {
    v1::WatchAlertsResponse change;
    change.mutable_change()->mutable_alert()->set_name(std::string(name));
    change.mutable_change()->mutable_alert()->set_text(std::string(text));
    return change;
  }

 private:
  // Answers who asks.
  absl::StatusOr<v1::Alert> Acknowledge(const v1::AcknowledgeAlertRequest&, const Call& call) {
    v1::Alert alert;
    alert.set_text(call.principal);
    return alert;
  }

  std::shared_ptr<WatchStream<v1::WatchAlertsResponse>> Watch(const v1::WatchAlertsRequest& request,
                                                              const Call& call) {
    WatchHub<v1::WatchAlertsResponse>::Opens opens;
    if (request.include_open()) {
      opens = [this](const Call&) -> absl::StatusOr<WatchOpening<v1::WatchAlertsResponse>> {
        loading.Notify();
        may_load.WaitForNotification();
        WatchOpening<v1::WatchAlertsResponse> opening{
            .kind = type::v1::WATCH_MARK_KIND_SNAPSHOT,
            .reason = "RESUME_TOKEN_TOO_OLD",
            .items = {{"a", Change("a", "old")}, {"b", Change("b", "old")}},
            .resume_token = "up to here"};
        for (int i = 0; i < more; ++i) {
          opening.items.push_back({absl::StrCat("more", i), Change("more", "old")});
        }
        return opening;
      };
    }
    return hub.Open(call, nullptr, std::move(opens));
  }

  absl::StatusOr<v1::Alert> Get(const v1::GetAlertRequest& request, const Call& call) {
    latest = call.context;
    ++calls;
    if (request.name() == "wait") {
      waiting.Notify();
      may_answer.WaitForNotification();
    }
    if (request.name() == "third time" && calls < 3) return absl::UnavailableError("not yet");
    if (request.name() == "throw") throw std::runtime_error("password=hunter2");
    if (request.name() == "absent") {
      return Error(absl::StatusCode::kNotFound, {"ALERT_NOT_FOUND", "name", "L3"}, "no such alert");
    }
    v1::Alert alert;
    alert.set_name(request.name());
    alert.set_text(request.name() == "who" ? call.principal : CurrentTrace().TraceIdHex());
    EXPECT_EQ(call.trace, CurrentTrace());
    return alert;
  }

  CallPool& pool_;

 public:
  WatchHub<v1::WatchAlertsResponse> hub;
  std::atomic<int> calls = 0;
  std::atomic<int> more = 0;                                   // that a watch opens with
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
    server_->Add(service_->Methods(),
                 [this] { return ready_ ? absl::OkStatus() : absl::UnavailableError("lagging"); });
    ASSERT_TRUE(server_->Start().ok());
    auto channel = Connect(server_->target(), {.services = {v1::AlertsService::service_full_name()},
                                               .timeout = kDeadline});
    ASSERT_TRUE(channel.ok());
    channel_ = *channel;
    stub_ = v1::AlertsService::NewStub(channel_);
  }

  void TearDown() override {
    if (server_ == nullptr) return;
    server_->Stop(Clock::System().Now() + kDeadline);
    pool_->Stop();
  }

  absl::StatusOr<v1::Alert> Get(const std::string& name, absl::Duration timeout = kDeadline) {
    grpc::ClientContext context;
    Prepare(context, timeout);
    v1::GetAlertRequest request;
    request.set_name(name);
    v1::Alert alert;
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

  // The next change; false at the end of the stream.
  static bool ReadChange(grpc::ClientReader<v1::WatchAlertsResponse>& reader,
                         v1::WatchAlertsResponse& change) {
    do {
      if (!reader.Read(&change)) return false;
    } while (change.has_mark());
    return true;
  }

  // The status, or the negative code of the refusal.
  int HealthOf(const std::string& service) {
    grpc::ClientContext context;
    Prepare(context, kDeadline);
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status =
        grpc::health::v1::Health::NewStub(channel_)->Check(&context, request, &response);
    return status.ok() ? response.status() : -static_cast<int>(status.error_code());
  }

  bool Await(const std::function<bool()>& condition) {
    const absl::Time deadline = Clock::System().Now() + kDeadline;
    while (!condition()) {
      if (Clock::System().Now() > deadline) return false;
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
  std::unique_ptr<v1::AlertsService::Stub> stub_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_TESTING_SERVER_FIXTURE_H_
