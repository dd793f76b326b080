// Taking facts in, over the topic.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/journal/dead_letter.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::facts_topic_test {
namespace {

using events::v1::FactEvent;

class OpenDoorTest : public GatewayTest {
 protected:
  void Write(bus::Message record) {
    const auto producer = *inner_->NewProducer();
    const int32_t partition = PartitionOf(record.key, kPartitions);
    ASSERT_TRUE(producer->Produce(bus::kFactsTopic, partition, std::move(record), nullptr).ok());
    ASSERT_TRUE(producer->Flush(absl::Seconds(10)).ok());
  }
};

TEST_F(OpenDoorTest, AFactOfEachModeAndFormatIsTheRecordACallWouldHaveMade) {
  Start();
  const FactEvent event = SampleEvent("o-1", "acme");
  ASSERT_EQ(ReasonOf(Ingest({event}).answers(0)), "ACCEPTED");
  const std::vector<bus::Message> records = SampleRecordsOfEveryForm("o-1", "acme");
  for (const bus::Message& record : records) Write(record);
  ASSERT_TRUE(Await([&] { return Facts().size() == 1 + records.size(); }));
  const std::vector<KeptRecord> facts = Facts();
  const auto headers_of = [](const KeptRecord& fact) {
    std::vector<std::string> lines;
    for (const bus::Header& header : fact.message.headers) {
      lines.push_back(absl::StrCat(header.name, "=", header.value));
    }
    return lines;
  };
  for (const KeptRecord& fact : facts) {
    EXPECT_EQ(fact.message.key, facts[0].message.key);
    EXPECT_EQ(fact.message.value, facts[0].message.value);
    EXPECT_EQ(headers_of(fact), headers_of(facts[0])) << "recorded_at, too: the clock stands still";
    EXPECT_EQ(fact.position.partition, facts[0].position.partition);
  }
}

TEST_F(OpenDoorTest, CarriesTheTraceOn) {
  Start();
  bus::Message record = SampleRecord("o-1", "acme");
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  record.headers.push_back({"traceparent", trace});
  Write(record);
  ASSERT_TRUE(Await([&] { return Facts().size() == 1; }));
  EXPECT_EQ(Facts()[0].HeaderOf(bus::kHeaderTraceParent), trace);
}

// What a call refuses the door refuses, for the same reason; the letter can be sent again.
TEST_F(OpenDoorTest, ARefusedRecordIsALetterThatCanBeReplayed) {
  Start();
  bus::Message ahead = SampleRecord("o-1", "acme");
  ahead.headers[5].value = "2025-11-24T16:05:01Z";  // ce_time
  Write(ahead);
  ASSERT_TRUE(Await([&] { return ReadAll(*inner_, bus::kDeadLetterTopic).size() == 1; }));
  const KeptRecord letter = ReadAll(*inner_, bus::kDeadLetterTopic)[0];
  EXPECT_EQ(letter.HeaderOf(journal::kHeaderDeadReason), "TIME_AHEAD");
  EXPECT_EQ(letter.message.value, ahead.value);
  EXPECT_TRUE(Await([&] {
    return gateway_->metrics().find(
               "bellwether_gateway_events_rejected_total{reason=\"TIME_AHEAD\"} 1") !=
           std::string::npos;
  }));

  clock_.Advance(absl::Seconds(2));
  grpc::ClientContext context;
  ingest::v1::ReplayDeadLetterRequest request;
  request.set_name(
      absl::StrCat("deadLetters/", letter.position.partition, "-", letter.position.offset));
  ingest::v1::ReplayDeadLetterResponse response;
  ASSERT_TRUE(stub().ReplayDeadLetter(&context, request, &response).ok());
  EXPECT_EQ(ReasonOf(response.answer()), "ACCEPTED");
  ASSERT_EQ(Facts().size(), 1u);
  EXPECT_EQ(Facts()[0].HeaderOf(bus::kHeaderId), "o-1");
}

TEST_F(OpenDoorTest, OpensAndClosesWithTheGateway) {
  Start();
  const auto write = [&](const std::string& id) { Write(SampleRecord(id, "acme")); };
  write("o-1");
  ASSERT_TRUE(Await([&] { return Facts().size() == 1; }));
  gateway_ = nullptr;
  write("o-2");
  Start();
  ASSERT_TRUE(Await([&] { return Facts().size() == 2; }));
  EXPECT_EQ(Facts()[1].HeaderOf(bus::kHeaderId), "o-2") << "the store remembers the place";
}

}  // namespace
}  // namespace bellwether::gateway::facts_topic_test
