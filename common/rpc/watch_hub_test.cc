#include "common/rpc/watch_hub.h"

#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::watch_hub_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using WatchHubTest = ServerTest;

TEST_F(WatchHubTest, StreamsChangesToEveryWatcher) {
  Start();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  service_->hub.Publish("a", FakeAlerts::Change("a", "1"));
  v1::WatchAlertsResponse change;
  ASSERT_TRUE(reader->Read(&change));
  EXPECT_EQ(change.change().alert().text(), "1");
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(server_->streams().AwaitNone(absl::Now() + kDeadline));
  EXPECT_EQ(service_->hub.watchers(), 0u);
}

TEST_F(WatchHubTest, NeverLetsASnapshotOvertakeAChange) {
  Start();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  v1::WatchAlertsRequest request;
  request.set_include_open(true);
  auto reader = stub_->WatchAlerts(&context, request);
  ASSERT_TRUE(service_->loading.WaitForNotificationWithTimeout(kDeadline));
  service_->hub.Publish("a", FakeAlerts::Change("a", "new"));
  service_->may_load.Notify();
  std::vector<std::string> got;
  v1::WatchAlertsResponse change;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(reader->Read(&change));
    got.push_back(
        absl::StrCat(change.change().alert().name(), "=", change.change().alert().text()));
  }
  EXPECT_THAT(got, ElementsAre("a=new", "b=old"));
  context.TryCancel();
}

TEST_F(WatchHubTest, DropsAReaderThatLetsTooMuchWaitAndSaysSo) {
  Start({.threads = 1}, {.pending_bytes_max = 64 << 10});
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  // Nobody reads: flow control fills, then the queue.
  const std::string large(32 << 10, 'x');
  for (int i = 0; i < 1'000; ++i) service_->hub.Publish("", FakeAlerts::Change("", large));
  v1::WatchAlertsResponse change;
  while (reader->Read(&change)) {
  }
  const absl::Status status = FromGrpcStatus(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(DetailOf(status)->reason, "SLOW_READER");
}

TEST_F(WatchHubTest, CutsOffAReaderWhoseWriteStalls) {
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

TEST_F(WatchHubTest, EndsEveryStreamWithTheWordItIsGivenAndTakesNewOnes) {
  Start();
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  service_->hub.EndAll(
      Error(absl::StatusCode::kUnavailable, {"CHANGES_MISSED", "", ""}, "watch again"));
  v1::WatchAlertsResponse change;
  EXPECT_FALSE(reader->Read(&change));
  EXPECT_EQ(DetailOf(FromGrpcStatus(reader->Finish()))->reason, "CHANGES_MISSED");
  grpc::ClientContext again;
  Prepare(again, kDeadline);
  reader = stub_->WatchAlerts(&again, {});
  reader->WaitForInitialMetadata();
  service_->hub.Publish("a", FakeAlerts::Change("a", "1"));
  EXPECT_TRUE(reader->Read(&change));
  again.TryCancel();
}

TEST_F(WatchHubTest, RefusesAStreamTooMany) {
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

}  // namespace
}  // namespace bellwether::rpc::watch_hub_test
