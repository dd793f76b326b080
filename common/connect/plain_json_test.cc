#include "common/connect/plain_json.h"

#include <limits>
#include <string>
#include <utility>

#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace bellwether::connect::plain_json_test {
namespace {

using google::protobuf::Message;

std::string ByProtobuf(const Message& message) {
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

template <typename T>
T Of(int64_t seconds, int32_t nanos) {
  T time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

TEST(PlainJson, WritesWhatAWatcherGetsAsProtobufDoes) {
  health::v1::WatchHealthResponse response;
  health::v1::AccountHealth& health = *response.mutable_health();
  health.set_account("accounts/Grüße \"夏\"\n\\");
  health.set_score_micros(-71'250'000);
  health.set_low_confidence(true);
  health.add_dimensions()->set_dimension_id("usage");
  health.add_dimensions()->set_absent(true);
  health.add_metrics();
  health.set_version(std::numeric_limits<int64_t>::max());
  *health.mutable_as_of() = Of<google::protobuf::Timestamp>(1'796'135'142, 191'074'000);
  response.mutable_cause()->set_kind(events::v1::CAUSE_KIND_FACT);
  response.mutable_mark()->set_kind(static_cast<type::v1::WatchMarkKind>(77));
  *response.mutable_mark()->mutable_heartbeat_interval() = Of<google::protobuf::Duration>(10, 0);
  EXPECT_EQ(WritePlainJson(response), ByProtobuf(response));
  EXPECT_EQ(WritePlainJson(alerts::v1::WatchAlertsRequest()), "{}");
}

TEST(PlainJson, WritesBytesMapsAndTimesAsProtobufDoes) {
  ingest::v1::DeadLetter letter;
  letter.set_value(std::string("\x00\xff\xfe>", 4));
  (*letter.mutable_headers())["x"] = "";
  EXPECT_EQ(WritePlainJson(letter), ByProtobuf(letter));
  for (const int64_t seconds : {int64_t{-62'135'596'800}, int64_t{0}, int64_t{253'402'300'799}}) {
    for (const int32_t nanos : {0, 1, 500'000'000, 999'999'999}) {
      const auto time = Of<google::protobuf::Timestamp>(seconds, nanos);
      EXPECT_EQ(WritePlainJson(time), ByProtobuf(time));
    }
  }
  for (const auto& [seconds, nanos] : {std::pair{0, 0}, {3, 500'000'000}, {-3, -1}, {0, -20'000}}) {
    const auto time = Of<google::protobuf::Duration>(seconds, nanos);
    EXPECT_EQ(WritePlainJson(time), ByProtobuf(time));
  }
}

TEST(PlainJson, LeavesToProtobufWhatIsNotPlain) {
  EXPECT_EQ(WritePlainJson(google::protobuf::Any()), std::nullopt);
  google::protobuf::Value number;
  number.set_number_value(0.5);
  EXPECT_EQ(WritePlainJson(number), std::nullopt);
  EXPECT_EQ(WritePlainJson(Of<google::protobuf::Timestamp>(253'402'300'800, 0)), std::nullopt);
  EXPECT_EQ(WritePlainJson(Of<google::protobuf::Timestamp>(0, -1)), std::nullopt);
  EXPECT_EQ(WritePlainJson(Of<google::protobuf::Duration>(3, -1)), std::nullopt);
}

}  // namespace
}  // namespace bellwether::connect::plain_json_test
