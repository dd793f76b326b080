#include "common/journal/clock_round.h"

#include <vector>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "gtest/gtest.h"

namespace bellwether::journal::clock_round_test {
namespace {

absl::StatusOr<ClockRound> Read(const bus::Message& message) {
  std::vector<bus::HeaderView> headers;
  for (const bus::Header& header : message.headers) headers.push_back({header.name, header.value});
  bus::Record record;
  record.key = message.key;
  record.value = message.value;
  record.headers = headers;
  return DecodeClockRound(record);
}

TEST(ClockRound, IsReadAsItWasWritten) {
  const absl::Time time = absl::FromUnixMicros(1'800'000'000'000'007);
  for (const ClockRound& round :
       {ClockRound{.time = time}, ClockRound{.time = time, .backfill = true, .past_until = time},
        ClockRound{.time = time, .past_until = absl::FromUnixMicros(-5)}}) {
    const auto read = Read(EncodeClockRound(round));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, round);
  }
}

TEST(ClockRound, IsNoOtherRecord) {
  EXPECT_EQ(DetailOf(Read(EncodeTick(0, absl::UnixEpoch(), false)).status())->reason,
            "TYPE_MISMATCH");
  bus::Message garbled = EncodeClockRound({.time = absl::UnixEpoch()});
  garbled.value = "\xff\xff";
  EXPECT_EQ(DetailOf(Read(garbled).status())->reason, "MALFORMED_PAYLOAD");
}

}  // namespace
}  // namespace bellwether::journal::clock_round_test
