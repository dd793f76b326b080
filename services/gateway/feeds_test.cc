// What is known of feeds, over gRPC.
#include <fstream>

#include "bellwether/ingest/v1/feeds_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::feeds_test {
namespace {

using ingest::v1::FeedsService;
using ingest::v1::ListFeedsRequest;
using ingest::v1::ListFeedsResponse;
using ::testing::ElementsAre;

class FeedsServiceTest : public GatewayTest {
 protected:
  ListFeedsResponse List(const ListFeedsRequest& request = {}) {
    ListFeedsResponse response;
    grpc::ClientContext context;
    const grpc::Status status =
        FeedsService::NewStub(gateway_->channel())->ListFeeds(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // "source/kind STATE count", each.
  static std::vector<std::string> Shown(const ListFeedsResponse& response) {
    std::vector<std::string> shown;
    for (const auto& feed : response.feeds()) {
      shown.push_back(absl::StrCat(feed.source(), "/", feed.kind(), " ",
                                   ingest::v1::FeedState_Name(feed.state()), " ",
                                   feed.received_count()));
    }
    return shown;
  }
  bool AwaitCount(int64_t count) {
    return Await([&] {
      const ListFeedsResponse response = List();
      int64_t counted = 0;
      for (const auto& feed : response.feeds())
        counted += feed.kind().empty() ? 0 : feed.received_count();
      return counted == count;
    });
  }
};

TEST_F(FeedsServiceTest, ListsWhatCameByCallAndByTopic) {  // X1
  Start();
  Ingest({SampleEvent("1", "acme"), SampleEvent("2", "globex")});
  Ingest({SampleEvent("refused", "")});
  const auto producer = *inner_->NewProducer();
  ASSERT_TRUE(producer->Produce(bus::kFactsTopic, 0, SampleRecord("3", "acme"), nullptr).ok());
  ASSERT_TRUE(AwaitCount(3)) << List().DebugString();
  const ListFeedsResponse response = List();
  EXPECT_THAT(Shown(response), ElementsAre("crm/test/order_placed FEED_STATE_NO_RHYTHM 3"));
  EXPECT_EQ(response.feeds(0).last_received_time().seconds(), absl::ToUnixSeconds(kSampleTime));
  EXPECT_EQ(response.feeds(0).last_fact_time().seconds(), absl::ToUnixSeconds(kSampleTime));
}

TEST_F(FeedsServiceTest, SaysWhichAreSilentPageByPage) {
  config_.feeds_file = ::testing::TempDir() + "feeds_test_feeds.yaml";
  std::ofstream(config_.feeds_file)
      << "feeds:\n  - {source: crm/test, every: 1h, display_name: The CRM}\n"
         "  - {source: erp, kind: order_placed, every: 1d}\n";
  Start();
  Ingest({SampleEvent("1", "acme")});
  ASSERT_TRUE(AwaitCount(1));
  EXPECT_EQ(List().silent_count(), 0);
  clock_.Advance(absl::Hours(1) + absl::Seconds(1));
  ListFeedsRequest request;
  request.set_page_size(2);
  const ListFeedsResponse first = List(request);
  EXPECT_THAT(Shown(first), ElementsAre("crm/test/ FEED_STATE_SILENT 1",
                                        "crm/test/order_placed FEED_STATE_NO_RHYTHM 1"));
  EXPECT_EQ(first.feeds(0).display_name(), "The CRM");
  EXPECT_EQ(first.feeds(0).silent_from_time().seconds(), absl::ToUnixSeconds(kSampleTime) + 3'600);
  EXPECT_EQ(first.silent_count(), 1);
  request.set_page_token(first.next_page_token());
  const ListFeedsResponse second = List(request);
  EXPECT_THAT(Shown(second), ElementsAre("erp/order_placed FEED_STATE_AWAITED 0"));
  EXPECT_EQ(second.next_page_token(), "");
  ListFeedsRequest silent;
  silent.set_state(ingest::v1::FEED_STATE_SILENT);
  EXPECT_THAT(Shown(List(silent)), ElementsAre("crm/test/ FEED_STATE_SILENT 1"));
}

TEST_F(FeedsServiceTest, RefusesAStateThatThereIsNot) {
  Start();
  ListFeedsRequest request;
  request.set_state(static_cast<ingest::v1::FeedState>(99));
  ListFeedsResponse response;
  grpc::ClientContext context;
  const grpc::Status status =
      FeedsService::NewStub(gateway_->channel())->ListFeeds(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "STATE_INVALID@state");
}

TEST_F(FeedsServiceTest, WhatAReplicaSawStaysWhenItEnds) {
  Start();
  Ingest({SampleEvent("1", "acme")});
  gateway_->Stop();
  Start();
  Ingest({SampleEvent("2", "acme")});
  EXPECT_TRUE(AwaitCount(2));
}

}  // namespace
}  // namespace bellwether::gateway::feeds_test
