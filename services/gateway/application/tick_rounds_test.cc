#include "services/gateway/application/tick_rounds.h"

#include <memory>
#include <vector>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/stream/testing/records.h"
#include "common/testing/await.h"
#include "common/testing/memory_bus.h"
#include "gmock/gmock.h"

namespace bellwether::gateway::tick_rounds_test {
namespace {

using bellwether::testing::kAwaitMax;
using bellwether::testing::KeptRecord;
using bellwether::testing::ReadAll;
using journal::ClockRound;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int32_t kPartitions = 3;
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class TickRoundsTest : public ::testing::Test {
 protected:
  std::vector<ClockRound> Announced() {
    std::vector<ClockRound> rounds;
    for (const KeptRecord& record : ReadAll(*inner_, bus::kClockTopic)) {
      const stream::testing::RecordsOf records(0, 0, {record.message});
      rounds.push_back(*journal::DecodeClockRound(records.records()[0]));
    }
    return rounds;
  }
  size_t Ticks() { return ReadAll(*inner_, bus::kJournalTopic).size(); }
  void Append(const ClockRound& round) {
    rounds_->Append(round, [this](absl::Status status) { answers_.push_back(std::move(status)); });
  }

  const std::unique_ptr<bus::Bus> inner_ = bellwether::testing::NewMemoryBus(kPartitions);
  bellwether::testing::GatedBus bus_{*inner_};
  const std::unique_ptr<JournalWriter> writer_ = *JournalWriter::Create(bus_);
  const std::unique_ptr<TickRounds> rounds_ = *TickRounds::Create(bus_, *writer_);
  std::vector<absl::Status> answers_;  // after a flush
};

TEST_F(TickRoundsTest, AreAnnouncedOnceEveryPartitionHasItsTick) {
  const ClockRound live{.time = kStart, .past_until = kStart - absl::Hours(1)};
  bus_.Hold();
  Append(live);
  EXPECT_EQ(bus_.held(), size_t{kPartitions}) << "ticks alone";
  bus_.Release();
  ASSERT_TRUE(rounds_->Flush(kAwaitMax).ok());
  EXPECT_EQ(Ticks(), size_t{kPartitions});
  EXPECT_THAT(Announced(), ElementsAre(live));
  EXPECT_THAT(answers_, ElementsAre(absl::OkStatus()));
}

TEST_F(TickRoundsTest, OfAPastSaySo) {
  const ClockRound past{.time = kStart, .backfill = true, .past_until = kStart};
  Append(past);
  ASSERT_TRUE(rounds_->Flush(kAwaitMax).ok());
  EXPECT_THAT(Announced(), ElementsAre(past));
}

TEST_F(TickRoundsTest, ThatFailedAreNotAnnounced) {
  bus_.FailWith(absl::UnavailableError("no broker"));
  Append({.time = kStart});
  bus_.FailWith(absl::OkStatus());
  ASSERT_TRUE(rounds_->Flush(kAwaitMax).ok());
  EXPECT_THAT(Announced(), IsEmpty());
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(answers_[0]));
}

TEST_F(TickRoundsTest, OldOnesAreDroppedOnceTheyAreWorthIt) {
  const int64_t full = TickRounds::kRoundsKept + TickRounds::kRoundsOverMax;
  for (int64_t i = 0; i < full; ++i) {
    Append({.time = kStart + absl::Seconds(i)});
    if (i % 100 == 0) {
      ASSERT_TRUE(rounds_->Flush(kAwaitMax).ok());
    }
  }
  ASSERT_TRUE(rounds_->Flush(kAwaitMax).ok());
  ASSERT_TRUE(rounds_->Trim().ok());
  EXPECT_EQ(inner_->Offsets(bus::kClockTopic, 0)->first, 0);
  Append({.time = kStart + absl::Seconds(full)});
  ASSERT_TRUE(rounds_->Flush(kAwaitMax).ok());
  ASSERT_TRUE(rounds_->Trim().ok());
  EXPECT_EQ(static_cast<int64_t>(Announced().size()), TickRounds::kRoundsKept);
  EXPECT_EQ(Announced().back().time, kStart + absl::Seconds(full));
}

}  // namespace
}  // namespace bellwether::gateway::tick_rounds_test
