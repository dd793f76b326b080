#include "common/rpc/forwarder.h"

#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::forwarder_test {
namespace {

using ::testing::HasSubstr;

// A server without a service of its own passes calls on to the fixture's.
class ForwarderTest : public ServerTest {
 protected:
  // `others` come before the fixture's server.
  void StartDoor(const std::string& others = "", size_t streams_max = kStreamsMaxDefault) {
    door_ = std::make_unique<Server>(ServerOptions{.streams_max = streams_max});
    forwarder_ = std::make_unique<Forwarder>();
    ASSERT_TRUE(forwarder_
                    ->Add({.services = {v1::AlertsService::service_full_name()},
                           .servers = absl::StrCat(others, server_->target())},
                          kMessageBytesMaxDefault)
                    .ok());
    forwarder_->Register(*door_);
    ASSERT_TRUE(door_->Start().ok());
    // Without the repeating of calls, so that a test sees what the door does.
    channel_ = *Connect(door_->target());
    stub_ = v1::AlertsService::NewStub(channel_);
  }

  void TearDown() override {
    if (door_ != nullptr) door_->Stop(Clock::System().Now() + kDeadline);
    ServerTest::TearDown();
  }

  std::unique_ptr<Server> door_;
  std::unique_ptr<Forwarder> forwarder_;
};

TEST_F(ForwarderTest, PassesOnACallWithItsTraceAndItsAnswer) {
  Start();
  StartDoor();
  const TraceScope scope(NewTrace());
  const absl::StatusOr<v1::Alert> alert = Get("a");
  ASSERT_TRUE(alert.ok()) << alert.status();
  EXPECT_EQ(alert->name(), "a");
  EXPECT_EQ(alert->text(), CurrentTrace().TraceIdHex());
}

TEST_F(ForwarderTest, PassesOnWhoCalls) {
  Start();
  StartDoor();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  SetPrincipal(context, "李娜");
  v1::Alert alert;
  ASSERT_TRUE(stub_->AcknowledgeAlert(&context, {}, &alert).ok());
  EXPECT_EQ(alert.text(), "李娜");
}

TEST_F(ForwarderTest, PassesOnARefusalWithItsDetail) {
  Start();
  StartDoor();
  const absl::Status status = Get("absent").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no such alert");
  EXPECT_EQ(DetailOf(status)->reason, "ALERT_NOT_FOUND");
  EXPECT_EQ(DetailOf(status)->rule, "L3");
}

TEST_F(ForwarderTest, PassesOnTheDeadline) {
  Start();
  StartDoor();
  // However slow the machine, one of them comes to the service before its deadline.
  ASSERT_TRUE(Await([&] {
    EXPECT_EQ(Get("wait", absl::Milliseconds(50)).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    return service_->latest.load() != nullptr;
  }));
  EXPECT_TRUE(Await([&] { return service_->latest.load()->IsCancelled(); }));
  service_->may_answer.Notify();
}

TEST_F(ForwarderTest, PassesOnAStreamFromItsFirstMetadataToItsEnd) {
  Start();
  StartDoor();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  // Comes before any message, and only once the watcher misses nothing.
  reader->WaitForInitialMetadata();
  ASSERT_EQ(service_->hub.watchers(), 1u);
  constexpr int kChanges = 200;
  for (int i = 0; i < kChanges; ++i) {
    const std::string name = absl::StrCat(i);
    service_->hub.Publish(name, FakeAlerts::Change(name, std::string(1'000, 'x')));
  }
  v1::WatchAlertsResponse change;
  for (int i = 0; i < kChanges; ++i) {
    ASSERT_TRUE(ReadChange(*reader, change));
    EXPECT_EQ(change.change().alert().name(), absl::StrCat(i));
  }
  server_->streams().Drain();
  EXPECT_FALSE(ReadChange(*reader, change));
  const absl::Status end = FromGrpcStatus(reader->Finish());
  EXPECT_EQ(DetailOf(end)->reason, "DRAINING");
  EXPECT_TRUE(door_->streams().AwaitNone(absl::Now() + kDeadline));
}

TEST_F(ForwarderTest, EndsTheCallItMadeWhenItsOwnCallerLeaves) {
  Start();
  StartDoor();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(server_->streams().AwaitNone(absl::Now() + kDeadline));
  EXPECT_TRUE(door_->streams().AwaitNone(absl::Now() + kDeadline));
}

TEST_F(ForwarderTest, EndsItsStreamsWhenItIsDrainedAndSaysWhy) {
  Start();
  StartDoor();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  door_->Stop(absl::Now() + kDeadline);
  v1::WatchAlertsResponse change;
  EXPECT_FALSE(ReadChange(*reader, change));
  EXPECT_EQ(DetailOf(FromGrpcStatus(reader->Finish()))->reason, "DRAINING");
  EXPECT_TRUE(server_->streams().AwaitNone(absl::Now() + kDeadline));
}

TEST_F(ForwarderTest, AnswersTheCallsInFlightWhenItIsDrained) {
  Start();
  StartDoor();
  absl::StatusOr<v1::Alert> answer;
  std::thread caller([&] { answer = Get("wait"); });
  ASSERT_TRUE(service_->waiting.WaitForNotificationWithTimeout(kDeadline));
  std::thread drain([&] { door_->Stop(absl::Now() + kDeadline); });
  EXPECT_TRUE(Await([&] { return !Get("a", absl::Milliseconds(500)).ok(); }));
  service_->may_answer.Notify();
  drain.join();
  caller.join();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->name(), "wait");
}

// Many messages each way, calls ending while others begin: what one reaction does must not depend
// on how far another has come.
TEST_F(ForwarderTest, PassesOnManyCallsAtOnce) {
  Start({.threads = 2, .queued_max = 1'000});
  StartDoor();
  constexpr int kThreads = 8;
  constexpr int kCallsEach = 500;
  std::atomic<int> answered = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kThreads; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < kCallsEach; ++call) {
        const absl::StatusOr<v1::Alert> alert = Get(absl::StrCat(call));
        if (alert.ok() && alert->name() == absl::StrCat(call)) ++answered;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, kThreads * kCallsEach);
  EXPECT_TRUE(door_->streams().AwaitNone(absl::Now() + kDeadline));
}

TEST_F(ForwarderTest, RefusesTheCallThatIsOneTooMany) {
  Start();
  StartDoor("", 1);
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  EXPECT_EQ(DetailOf(Get("a").status())->reason, "TOO_MANY_STREAMS");
  context.TryCancel();
  reader->Finish();
}

TEST_F(ForwarderTest, DoesNotKnowAServiceWithoutARoute) {
  Start();
  StartDoor();
  std::string answer;
  const grpc::Status status =
      Call("/bellwether.accounts.v1.AccountsService/GetAccount", "", answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(status.error_message(), HasSubstr("bellwether.accounts.v1.AccountsService"));
}

TEST_F(ForwarderTest, SaysThatAServerIsAway) {
  Start();
  StartDoor();
  server_->Stop(Clock::System().Now() + kDeadline);
  EXPECT_EQ(Get("a").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ForwarderTest, TakesTheReplicaThatIsThere) {
  Start();
  // A port where nobody listens any more.
  std::string gone;
  {
    Server server({});
    ASSERT_TRUE(server.Start().ok());
    gone = server.target();
    server.Stop(Clock::System().Now() + kDeadline);
  }
  StartDoor(gone + ",");
  for (int i = 0; i < 10; ++i) {
    const absl::StatusOr<v1::Alert> alert = Get("a");
    ASSERT_TRUE(alert.ok()) << alert.status();
  }
}

}  // namespace
}  // namespace bellwether::rpc::forwarder_test
