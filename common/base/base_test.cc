#include <string>

#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/loopback.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::base_test {
namespace {

// Vectors of Kafka's own partitioner tests (org.apache.kafka.common.utils.Utils.murmur2).
TEST(Murmur2, AgreesWithKafkasPartitioner) {
  EXPECT_EQ(static_cast<int32_t>(Murmur2("21")), -973932308);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("foobar")), -790332482);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-long-string")), -985981536);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-longer-string")), -1486304829);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("abc")), 479470107);
}

TEST(Murmur2, ChoosesAPartitionInRangeForNegativeHashes) {
  EXPECT_EQ(PartitionOf("21", 12), (-973932308 & 0x7fffffff) % 12);
}

TEST(Fingerprint64, IsPinnedBecauseStatesKeepIt) {
  EXPECT_EQ(Fingerprint64("crm/order-1"), Fingerprint64("crm/order-1"));
  EXPECT_NE(Fingerprint64("crm/order-1"), Fingerprint64("crm/order-2"));
  EXPECT_NE(Fingerprint64("crm/order-1", 1), Fingerprint64("crm/order-1", 2));
}

TEST(Ids, AreValidUpToSixtyFourCharacters) {
  EXPECT_TRUE(IsValidId(std::string(64, 'a')));
  EXPECT_FALSE(IsValidId(std::string(65, 'a')));
  EXPECT_FALSE(IsValidId(""));
  EXPECT_FALSE(IsValidId("a/b"));
  EXPECT_TRUE(IsValidId(NewUuid()));
}

TEST(Loopback, IsThisMachineAndNoNameThatLooksLikeIt) {
  for (const char* host : {"localhost", "::1", "127.0.0.1", "127.255.255.254"}) {
    EXPECT_TRUE(IsLoopback(host)) << host;
  }
  for (const char* host : {"", "::", "0.0.0.0", "10.0.0.1", "126.0.0.1", "128.0.0.1", "127.1",
                           "127.0.0.1.example", "localhost.example", "127.0.0.1:80"}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
}

TEST(Error, CarriesReasonFieldAndRule) {
  const absl::Status status = InvalidArgument("AMOUNT_MISSING", "amount", "amount is needed", "H1");
  ASSERT_TRUE(DetailOf(status).has_value());
  EXPECT_EQ(DetailOf(status)->reason, "AMOUNT_MISSING");
  EXPECT_EQ(DetailOf(status)->field, "amount");
  EXPECT_EQ(DetailOf(status)->rule, "H1");
  EXPECT_FALSE(DetailOf(absl::InternalError("x")).has_value());
}

TEST(Error, KnowsWhatMayBeRetried) {
  EXPECT_TRUE(IsRetryable(absl::UnavailableError("")));
  EXPECT_FALSE(IsRetryable(absl::InvalidArgumentError("")));
}

}  // namespace
}  // namespace bellwether::base_test
