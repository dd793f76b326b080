#include "common/connect/protocol.h"

#include "common/base/status.h"
#include "common/connect/gzip.h"
#include "common/connect/metadata.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::connect::protocol_test {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

const google::protobuf::DescriptorPool& Pool() {
  return *google::protobuf::DescriptorPool::generated_pool();
}

TEST(ConnectProtocol, KnowsTheNameAndTheHttpStatusOfEachCode) {
  EXPECT_EQ(CodeName(grpc::StatusCode::CANCELLED), "canceled");
  EXPECT_EQ(HttpStatus(grpc::StatusCode::CANCELLED), 499);
  EXPECT_EQ(HttpStatus(grpc::StatusCode::FAILED_PRECONDITION), 400);
  EXPECT_EQ(HttpStatus(grpc::StatusCode::UNAUTHENTICATED), 401);
  EXPECT_EQ(CodeName(static_cast<grpc::StatusCode>(77)), "unknown");
}

TEST(ConnectProtocol, EndsAStreamWithItsErrorAndItsMetadata) {
  EXPECT_EQ(EndOfStreamJson(std::nullopt, {}, Pool()), "{}");
  EXPECT_EQ(EndOfStreamJson(CallError{grpc::StatusCode::NOT_FOUND, "no", {}},
                            {{"b", "1"}, {"a", "2"}, {"b", "3"}}, Pool()),
            R"({"error":{"code":"not_found","message":"no"},)"
            R"("metadata":{"a":["2"],"b":["1","3"]}})");
}

TEST(ConnectProtocol, OpensTheOneEnvelopeThereIs) {
  const std::string envelope = Envelope(kCompressedFlag, "abc");
  EXPECT_EQ(envelope, std::string("\x01\0\0\0\x03"
                                  "abc",
                                  8));
  const auto opened = OpenOnlyEnvelope(envelope);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->flags, kCompressedFlag);
  EXPECT_EQ(opened->payload, "abc");
  EXPECT_TRUE(absl::IsUnimplemented(OpenOnlyEnvelope("").status()));
  EXPECT_TRUE(absl::IsUnimplemented(OpenOnlyEnvelope(envelope + envelope).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenOnlyEnvelope(envelope.substr(0, 7)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenOnlyEnvelope(std::string("\0\xff\xff\xff\xff"
                                                                   "a",
                                                                   6))
                                          .status()));
}

TEST(ConnectProtocol, ReadsTimeoutsOfAtMostTenDigits) {
  EXPECT_EQ(*ParseTimeout("0"), absl::ZeroDuration());
  EXPECT_EQ(*ParseTimeout("9999999999"), absl::Milliseconds(9'999'999'999));
  for (const char* wrong : {"", "10000000000", "-1", "1.5", "1s", " 1"}) {
    EXPECT_FALSE(ParseTimeout(wrong).ok()) << wrong;
  }
}

TEST(ConnectMetadata, TakesWhatBelongsToNobodyElseAndDecodesBinary) {
  const auto metadata = MetadataOf({{"host", "x"},
                                    {"connect-timeout-ms", "1"},
                                    {"grpc-timeout", "1S"},
                                    {"a", "1"},
                                    {"a", "2"},
                                    {"b-bin", "AQI="},
                                    {"b-bin", "AQI,_w"}});
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_THAT(*metadata, ElementsAre(Pair("a", "1"), Pair("a", "2"), Pair("b-bin", "\x01\x02"),
                                     Pair("b-bin", "\x01\x02"), Pair("b-bin", "\xff")));
}

TEST(ConnectMetadata, RefusesWhatGrpcWouldDieOf) {
  EXPECT_EQ(DetailOf(MetadataOf({{"a", "\n"}}).status())->field, "a");
  EXPECT_EQ(DetailOf(MetadataOf({{"a", "\xc3\xa9"}}).status())->reason, "HEADER_INVALID");
  EXPECT_EQ(DetailOf(MetadataOf({{"a!", "1"}}).status())->reason, "HEADER_INVALID");
  EXPECT_EQ(DetailOf(MetadataOf({{"a-bin", "?"}}).status())->reason, "HEADER_INVALID");
}

TEST(ConnectMetadata, BecomesHeaders) {
  http::Headers headers;
  AddAsHeader("grpc-status-details-bin", "x", "", headers);
  AddAsHeader("a", "1", "trailer-", headers);
  AddAsHeader("b-bin", "\x01\x02", "", headers);
  EXPECT_THAT(headers, ElementsAre(Pair("trailer-a", "1"), Pair("b-bin", "AQI")));
}

TEST(ConnectGzip, InflatesWhatItDeflatedAndNoMoreThanItsLimit) {
  const std::string text(100'000, 'a');
  EXPECT_EQ(*Gunzip(Gzip(text), text.size()), text);
  EXPECT_TRUE(absl::IsResourceExhausted(Gunzip(Gzip(text), text.size() - 1).status()));
  EXPECT_EQ(*Gunzip(Gzip(""), 0), "");
}

TEST(ConnectGzip, RefusesWhatIsCutOrFollowed) {
  const std::string zipped = Gzip("text");
  EXPECT_FALSE(Gunzip(zipped.substr(0, zipped.size() - 1), 100).ok());
  EXPECT_FALSE(Gunzip(zipped + "x", 100).ok());
  EXPECT_FALSE(Gunzip("text", 100).ok());
  EXPECT_FALSE(Gunzip("", 100).ok());
}

}  // namespace
}  // namespace bellwether::connect::protocol_test
