#include "common/stream/stamp.h"

#include <string>

#include "common/base/hash.h"
#include "common/bus/topics.h"
#include "common/stream/testing/records.h"
#include "gtest/gtest.h"

namespace bellwether::stream::stamp_test {
namespace {

constexpr int32_t kPartitions = 12;
const absl::Time kT = absl::UnixEpoch() + absl::Seconds(1'700'000'000);

StampFault Read(bus::Message message, int32_t partition, Stamp& stamp) {
  testing::RecordsOf one(partition, 0, {std::move(message)});
  return ReadStamp(one.records()[0], kPartitions, stamp);
}
StampFault Read(bus::Message message, int32_t partition) {
  Stamp stamp;
  return Read(std::move(message), partition, stamp);
}

bus::Message WithRecordedAt(std::string text) {
  bus::Message message = testing::RecordAt(testing::KeyOf(3, kPartitions), kT);
  message.headers[1].value = std::move(text);
  return message;
}

TEST(Stamp, WhatBelongsToAPartitionIsExemptFromTheKeyRule) {
  for (const char* type : {bus::kTypeTick, bus::kTypeModelActivated, bus::kTypeImportRunStarted,
                           bus::kTypeImportRunRenewed, bus::kTypeImportRunEnded}) {
    bus::Message message = testing::RecordAt("partition-3", kT);
    message.headers[0].value = type;
    EXPECT_EQ(Read(std::move(message), 3), StampFault::kNone) << type;
  }
}

TEST(Stamp, TakesRecordedAtToTheMicrosecond) {
  Stamp stamp;
  ASSERT_EQ(Read(WithRecordedAt("1700000000123456"), 3, stamp), StampFault::kNone);
  EXPECT_EQ(stamp.recorded_at, absl::FromUnixMicros(1'700'000'000'123'456));
  EXPECT_FALSE(stamp.tick);
  EXPECT_FALSE(stamp.backfill);
}

TEST(Stamp, AcceptsTheEpochBecauseTheFirstModelCarriesIt) {
  EXPECT_EQ(Read(WithRecordedAt("0"), 3), StampFault::kNone);
}

TEST(Stamp, MissesRecordedAt) {
  bus::Message message = testing::RecordAt(testing::KeyOf(3, kPartitions), kT);
  message.headers.pop_back();
  EXPECT_EQ(Read(std::move(message), 3), StampFault::kRecordedAtMissing);
  EXPECT_EQ(Read(WithRecordedAt(""), 3), StampFault::kRecordedAtMissing);
}

TEST(Stamp, RefusesRecordedAtThatIsNoDecimalNumberOfMicroseconds) {
  for (const char* text : {"-1", "+1", " 1", "1 ", "1e3", "1.5", "0x10", "2026-11-21T00:00:00Z",
                           "9999999999999999999"}) {
    EXPECT_EQ(Read(WithRecordedAt(text), 3), StampFault::kRecordedAtInvalid) << text;
  }
  EXPECT_EQ(Read(WithRecordedAt("999999999999999999"), 3), StampFault::kNone);
}

TEST(Stamp, RefusesARecordInAnotherPartitionThanItsKeys) {
  EXPECT_EQ(Read(testing::RecordAt(testing::KeyOf(3, kPartitions), kT), 4),
            StampFault::kWrongPartition);
}

TEST(Stamp, RefusesARecordWithoutKey) {
  EXPECT_EQ(Read(testing::RecordAt("", kT), PartitionOf("", kPartitions)), StampFault::kKeyMissing);
}

TEST(Stamp, ExemptsTicksAndModelActivationsFromTheKeyRule) {
  Stamp stamp;
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    EXPECT_EQ(Read(testing::TickAt(kT), partition, stamp), StampFault::kNone);
    EXPECT_TRUE(stamp.tick);
    bus::Message activation = testing::RecordAt("partition-0", kT);
    activation.headers[0].value = bus::kTypeModelActivated;
    EXPECT_EQ(Read(std::move(activation), partition, stamp), StampFault::kNone);
    EXPECT_FALSE(stamp.tick);
  }
}

TEST(Stamp, KnowsRecordsThatBuildAPast) {
  Stamp stamp;
  const std::string key = testing::KeyOf(3, kPartitions);
  ASSERT_EQ(Read(testing::Backfilled(testing::RecordAt(key, kT)), 3, stamp), StampFault::kNone);
  EXPECT_TRUE(stamp.backfill);
  bus::Message message = testing::RecordAt(key, kT);
  message.headers.push_back({bus::kHeaderBackfill, "0"});
  ASSERT_EQ(Read(std::move(message), 3, stamp), StampFault::kNone);
  EXPECT_FALSE(stamp.backfill);
}

TEST(Stamp, NamesEveryFault) {
  EXPECT_EQ(RejectionOf(StampFault::kKeyMissing).reason, "KEY_MISSING");
  EXPECT_EQ(RejectionOf(StampFault::kWrongPartition).reason, "WRONG_PARTITION");
  EXPECT_EQ(RejectionOf(StampFault::kRecordedAtMissing).reason, "RECORDED_AT_MISSING");
  EXPECT_EQ(RejectionOf(StampFault::kRecordedAtInvalid).field, "recorded_at");
}

}  // namespace
}  // namespace bellwether::stream::stamp_test
