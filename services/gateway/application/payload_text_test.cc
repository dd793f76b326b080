#include "services/gateway/application/payload_text.h"

#include <string>

#include "common/journal/entry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway::payload_text_test {
namespace {

using ::testing::HasSubstr;

TEST(PayloadText, ShowsTextAsItIsAndOurMessagesAsJson) {
  EXPECT_EQ(PayloadText(kSampleJson, 1'000), kSampleJson);
  const events::v1::FactEvent event = SampleEvent("o-1", "acme");
  EXPECT_THAT(PayloadText(event.SerializeAsString(), 1'000), HasSubstr("\"accountId\":\"acme\""));
  const bus::Message entry = journal::EncodeFact(event, {.recorded_at = kSampleTime});
  EXPECT_THAT(PayloadText(entry.value, 1'000), HasSubstr("12345"));
  EXPECT_EQ(PayloadText(std::string("\x00\xff\xfe", 3), 1'000), "") << "nobody can read that";
  EXPECT_EQ(PayloadText("", 1'000), "");
}

TEST(PayloadText, IsCutAtItsLimitWithoutHalfCharacters) {
  EXPECT_EQ(PayloadText("abcdef", 3), "abc");
  EXPECT_EQ(PayloadText("ab客户", 4), "ab\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace bellwether::gateway::payload_text_test
