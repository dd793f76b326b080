#include <thread>

#include "common/bus/kafka_sender.h"
#include "gtest/gtest.h"

namespace bellwether::bus::kafka_in_flight_test {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

TEST(KafkaInFlight, HasRoomUpToItsLimits) {
  KafkaInFlight in_flight;
  EXPECT_TRUE(in_flight.HasRoom(KafkaInFlight::kBytesMax));
  EXPECT_FALSE(in_flight.HasRoom(KafkaInFlight::kBytesMax + 1));
  const uint64_t wave = in_flight.Begin(1);
  EXPECT_FALSE(in_flight.HasRoom(KafkaInFlight::kBytesMax));
  in_flight.End(wave, 1);
  for (int64_t i = 0; i < KafkaInFlight::kMessagesMax; ++i) in_flight.Begin(0);
  EXPECT_FALSE(in_flight.HasRoom(0));
}

TEST(KafkaInFlight, FlushWaitsForWhatBeganBeforeItAndNoMore) {
  KafkaInFlight in_flight;
  EXPECT_TRUE(in_flight.Flush(absl::ZeroDuration())) << "nothing is under way";
  const uint64_t before = in_flight.Begin(1);
  EXPECT_FALSE(in_flight.Flush(absl::ZeroDuration()));

  bool flushed = false;
  const uint64_t wave = in_flight.Begin(1);
  std::thread flushing([&] { flushed = in_flight.Flush(kPatience); });
  uint64_t after = wave;
  while (after == wave) {  // until the flush has begun
    in_flight.End(after, 0);
    after = in_flight.Begin(0);
  }
  in_flight.End(before, 1);
  flushing.join();
  EXPECT_TRUE(flushed) << "waited for what began later";
  EXPECT_FALSE(in_flight.Flush(absl::ZeroDuration())) << "which is still under way";
}

}  // namespace
}  // namespace bellwether::bus::kafka_in_flight_test
