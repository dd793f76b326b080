#include "common/consume/positions.h"

#include <memory>

#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"

namespace bellwether::consume::positions_test {
namespace {

using ::testing::ElementsAre;

const absl::Time kTick = absl::FromUnixSeconds(1'800'000'000);

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class PositionsTest : public ::testing::Test {
 protected:
  PositionsTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  absl::Status Move(const Positions& positions, const Position& to,
                    std::optional<int64_t> read_from) {
    auto transaction = store_->Begin();
    RETURN_IF_ERROR(transaction.status());
    RETURN_IF_ERROR(positions.Move(**transaction, to, read_from));
    return (*transaction)->Commit();
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  const Positions positions_{"reader"};
};

TEST_F(PositionsTest, AreReadBackPerReader) {
  const Position first{0, "log", 3, kTick, kTick + absl::Seconds(1)};
  const Position second{1, "log", 7, std::nullopt, std::nullopt};
  ASSERT_TRUE(Move(positions_, second, std::nullopt).ok());
  ASSERT_TRUE(Move(positions_, first, std::nullopt).ok());
  ASSERT_TRUE(Move(Positions("another"), {0, "log", 9}, std::nullopt).ok());
  const auto reading = *store_->BeginRead();
  EXPECT_THAT(*positions_.All(*reading), ElementsAre(first, second));
  EXPECT_EQ(*positions_.Of(*reading, 1), second);
  EXPECT_EQ(*positions_.Of(*reading, 2), std::nullopt);
}

TEST_F(PositionsTest, OneThatAnotherProcessHasMovedIsNotMovedAgain) {
  ASSERT_TRUE(Move(positions_, {0, "log", 5}, std::nullopt).ok());
  EXPECT_EQ(ReasonOf(Move(positions_, {0, "log", 6}, std::nullopt)), "POSITION_MOVED");
  EXPECT_EQ(ReasonOf(Move(positions_, {0, "log", 6}, 4)), "POSITION_MOVED");
  EXPECT_EQ(ReasonOf(Move(positions_, {0, "other log", 6}, 5)), "POSITION_MOVED");
  EXPECT_TRUE(Move(positions_, {0, "log", 6}, 5).ok());
}

TEST(PositionAgainstLog, AllowsWhatLiesInTheLogAndItsVeryEnd) {
  const bus::OffsetRange range{10, 20};
  for (const int64_t offset : {10, 15, 20}) {
    EXPECT_TRUE(CheckAgainstLog({0, "log", offset}, "topic", "log", range).ok()) << offset;
  }
  for (const int64_t offset : {9, 21}) {
    EXPECT_EQ(ReasonOf(CheckAgainstLog({0, "log", offset}, "topic", "log", range)),
              kReasonOutsideLog)
        << offset;
  }
  EXPECT_EQ(ReasonOf(CheckAgainstLog({0, "log", 15}, "topic", "other log", range)),
            kReasonLogReplaced);
}

TEST(Watermark, OnlyRises) {
  Position position;
  NoteTick(kTick, position);
  NoteTick(kTick + absl::Seconds(2), position);
  NoteTick(kTick + absl::Seconds(1), position);
  EXPECT_EQ(position.first_tick, kTick);
  EXPECT_EQ(position.watermark, kTick + absl::Seconds(2));
}

}  // namespace
}  // namespace bellwether::consume::positions_test
