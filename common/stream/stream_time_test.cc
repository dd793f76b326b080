#include "common/stream/stream_time.h"

#include "gtest/gtest.h"

namespace bellwether::stream::stream_time_test {
namespace {

const absl::Time kT = absl::UnixEpoch() + absl::Hours(400);

TEST(StreamTime, IsTheGreatestRecordedAtSoFar) {
  StreamTime time;
  time.AdvanceByRecord(kT, false);
  EXPECT_EQ(time.now, kT);
  time.AdvanceByRecord(kT - absl::Seconds(5), false);
  EXPECT_EQ(time.now, kT);
  time.AdvanceByTick(kT + absl::Seconds(5));
  EXPECT_EQ(time.now, kT + absl::Seconds(5));
}

TEST(StreamTime, LetsARecordLeadTheNewestTickByExactlySixtySeconds) {
  StreamTime time;
  time.AdvanceByTick(kT);
  time.AdvanceByRecord(kT + absl::Seconds(60), false);
  EXPECT_EQ(time.now, kT + absl::Seconds(60));
}

TEST(StreamTime, ClampsARecordThatLeadsByAMicrosecondMore) {
  StreamTime time;
  time.AdvanceByTick(kT);
  time.AdvanceByRecord(kT + absl::Seconds(60) + absl::Microseconds(1), false);
  EXPECT_EQ(time.now, kT + absl::Seconds(60));
}

TEST(StreamTime, MeasuresTheLeadFromTheNewestTickNotTheLastOne) {
  StreamTime time;
  time.AdvanceByTick(kT);
  time.AdvanceByTick(kT - absl::Hours(1));
  EXPECT_EQ(time.newest_tick, kT);
  time.AdvanceByRecord(kT + absl::Seconds(60), false);
  EXPECT_EQ(time.now, kT + absl::Seconds(60));
}

TEST(StreamTime, NeverClampsATick) {
  StreamTime time;
  time.AdvanceByTick(kT);
  time.AdvanceByTick(kT + absl::Hours(100));
  EXPECT_EQ(time.now, kT + absl::Hours(100));
}

TEST(StreamTime, NeverClampsARecordThatBuildsAPast) {
  StreamTime time;
  time.AdvanceByTick(kT);
  time.AdvanceByRecord(kT + absl::Hours(24), true);
  EXPECT_EQ(time.now, kT + absl::Hours(24));
}

TEST(StreamTime, HasNothingToClampByBeforeTheFirstTick) {
  StreamTime time;
  time.AdvanceByRecord(kT, false);
  time.AdvanceByRecord(kT + absl::Hours(24), false);
  EXPECT_EQ(time.now, kT + absl::Hours(24));
}

}  // namespace
}  // namespace bellwether::stream::stream_time_test
