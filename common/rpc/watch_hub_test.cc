#include "common/rpc/watch_hub.h"

#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::watch_hub_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "a=1", or "SNAPSHOT_END up to here": the mark and its token.
std::string Text(const v1::WatchAlertsResponse& response) {
  if (!response.has_mark()) {
    const v1::Alert& alert = response.change().alert();
    return absl::StrCat(alert.name(), "=", alert.text());
  }
  std::string kind = type::v1::WatchMarkKind_Name(response.mark().kind());
  kind.erase(0, std::string("WATCH_MARK_KIND_").size());
  return absl::StrCat(kind, response.resume_token().empty() ? "" : " ", response.resume_token());
}

class WatchHubTest : public ServerTest {
 protected:
  // Heartbeats come when a test asks for them.
  static constexpr WatchLimits kNoHeartbeat = {.heartbeat = absl::Hours(1)};

  using Reader = grpc::ClientReader<v1::WatchAlertsResponse>;
  static std::string Next(Reader& reader) {
    v1::WatchAlertsResponse response;
    return reader.Read(&response) ? Text(response) : "ended";
  }
  // Past the marks that the stream opens with.
  static void ReadOpening(Reader& reader) { EXPECT_EQ(Next(reader), "CHANGES_ONLY"); }
};

TEST_F(WatchHubTest, StreamsChangesToEveryWatcher) {
  Start({.threads = 1}, kNoHeartbeat);
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  service_->hub.Publish("a", FakeAlerts::Change("a", "1"));
  EXPECT_EQ(Next(*reader), "CHANGES_ONLY");
  EXPECT_EQ(Next(*reader), "a=1");
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(server_->streams().AwaitNone(absl::Now() + kDeadline));
  EXPECT_EQ(service_->hub.watchers(), 0u);
}

TEST_F(WatchHubTest, NeverLetsASnapshotOvertakeAChangeAndMarksWhereItEnds) {
  Start({.threads = 1}, kNoHeartbeat);
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  v1::WatchAlertsRequest request;
  request.set_include_open(true);
  auto reader = stub_->WatchAlerts(&context, request);
  ASSERT_TRUE(service_->loading.WaitForNotificationWithTimeout(kDeadline));
  service_->hub.Publish("a", FakeAlerts::Change("a", "new"));
  service_->may_load.Notify();
  v1::WatchAlertsResponse opening;
  ASSERT_TRUE(reader->Read(&opening));
  EXPECT_EQ(Text(opening), "SNAPSHOT") << "no token before all of it has been sent";
  EXPECT_EQ(opening.mark().reason(), "RESUME_TOKEN_TOO_OLD");
  EXPECT_EQ(opening.mark().heartbeat_interval().seconds(), 3'600);
  EXPECT_GT(opening.mark().server_time().seconds(), 0);
  std::vector<std::string> got;
  for (int i = 0; i < 3; ++i) got.push_back(Next(*reader));
  EXPECT_THAT(got, ElementsAre("b=old", "a=new", "SNAPSHOT_END up to here"));
  context.TryCancel();
}

TEST_F(WatchHubTest, BeatsWithTheNewestTokenThatWasSent) {
  Start({.threads = 1}, {.heartbeat = absl::Milliseconds(10)});
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  v1::WatchAlertsRequest request;
  request.set_include_open(true);
  service_->may_load.Notify();
  auto reader = stub_->WatchAlerts(&context, request);
  for (std::string next = Next(*reader); next != "SNAPSHOT_END up to here"; next = Next(*reader)) {
    ASSERT_NE(next, "ended");
  }
  clock_.ahead = absl::Hours(1);
  v1::WatchAlertsResponse beat;
  ASSERT_TRUE(reader->Read(&beat));
  EXPECT_EQ(Text(beat), "HEARTBEAT up to here");
  while (beat.mark().server_time().seconds() < absl::ToUnixSeconds(clock_.Now()) - 60) {
    ASSERT_TRUE(reader->Read(&beat)) << "a later one says the later time";
  }
  v1::WatchAlertsResponse change = FakeAlerts::Change("a", "1");
  change.set_resume_token("up to a");
  service_->hub.Publish("a", change);
  std::string next;
  while ((next = Next(*reader)) == "HEARTBEAT up to here") {
  }
  EXPECT_EQ(next, "a=1");
  EXPECT_EQ(Next(*reader), "HEARTBEAT up to a");
  context.TryCancel();
}

TEST_F(WatchHubTest, OpensWithMoreThanMayWaitOfChanges) {
  Start({.threads = 1}, {.pending_bytes_max = 64, .heartbeat = absl::Hours(1)});
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  v1::WatchAlertsRequest request;
  request.set_include_open(true);
  service_->more = 1'000;
  service_->may_load.Notify();
  auto reader = stub_->WatchAlerts(&context, request);
  int read = 0;
  std::string next;
  while ((next = Next(*reader)) != "SNAPSHOT_END up to here" && next != "ended") ++read;
  EXPECT_EQ(next, "SNAPSHOT_END up to here");
  EXPECT_EQ(read, 1 + 2 + 1'000);
  context.TryCancel();
}

TEST_F(WatchHubTest, SaysSoWhenThereIsMoreThanAStreamOpensWith) {
  Start({.threads = 1}, {.opening_bytes_max = 1'000, .heartbeat = absl::Hours(1)});
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  v1::WatchAlertsRequest request;
  request.set_include_open(true);
  service_->more = 1'000;
  service_->may_load.Notify();
  auto reader = stub_->WatchAlerts(&context, request);
  while (Next(*reader) != "ended") {
  }
  EXPECT_EQ(DetailOf(FromGrpcStatus(reader->Finish()))->reason, "OPENING_TOO_LARGE");
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
  Start({.threads = 1}, kNoHeartbeat);
  grpc::ClientContext context;
  Prepare(context, kDeadline);
  auto reader = stub_->WatchAlerts(&context, {});
  ReadOpening(*reader);
  service_->hub.EndAll(
      Error(absl::StatusCode::kUnavailable, {"CHANGES_MISSED", "", ""}, "watch again"));
  v1::WatchAlertsResponse change;
  EXPECT_FALSE(reader->Read(&change));
  EXPECT_EQ(DetailOf(FromGrpcStatus(reader->Finish()))->reason, "CHANGES_MISSED");
  grpc::ClientContext again;
  Prepare(again, kDeadline);
  reader = stub_->WatchAlerts(&again, {});
  ReadOpening(*reader);
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
  EXPECT_THAT(status.message(), HasSubstr("at most 1 streams (streams-max)"));
}

}  // namespace
}  // namespace bellwether::rpc::watch_hub_test
