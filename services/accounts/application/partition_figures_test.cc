#include "services/accounts/application/partition_figures.h"

#include "common/base/status.h"
#include "gmock/gmock.h"

namespace bellwether::accounts::partition_figures_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int32_t kDay = 20'000;

class PartitionFiguresTest : public ::testing::Test {
 protected:
  static FigureUpdate Updated(int64_t value) { return {true, value}; }
  static FigureUpdate Gone() { return {true, std::nullopt}; }

  const Calendar calendar_ = *Calendar::Create({});
  const absl::Time midnight_ = calendar_.StartOfDay(kDay);
  const absl::Time noon_ = midnight_ + absl::Hours(12);
  const absl::Time next_midnight_ = calendar_.StartOfDay(kDay + 1);
  PartitionFigures figures_{3, calendar_, {}};
};

TEST_F(PartitionFiguresTest, AStepCountsForTheDayItFallsInto) {
  figures_.Apply("a", 1, {{noon_, Updated(0), Updated(1), Updated(100)}});
  EXPECT_THAT(figures_.TakeChanged(),
              ElementsAre(FiguresAt{3, "a", next_midnight_, {1, kDay, 1, 100}}));
  EXPECT_THAT(figures_.TakeChanged(), IsEmpty());
}

TEST_F(PartitionFiguresTest, WhatADaysCloseEmitsCountsForTheDayThatBegins) {
  const absl::Time last_moment = midnight_ - absl::Microseconds(1);
  figures_.Apply(
      "a", 1,
      {{last_moment, Updated(0), Updated(1), Updated(100)}, {midnight_, Gone(), Updated(0), {}}});
  EXPECT_THAT(figures_.TakeChanged(),
              ElementsAre(FiguresAt{3, "a", midnight_, {1, kDay - 1, 1, 100}},
                          FiguresAt{3, "a", next_midnight_, {1, std::nullopt, 0, 100}}));
}

TEST_F(PartitionFiguresTest, ADayThatPassesChangesNothing) {
  figures_.Apply("a", 1, {{noon_, Updated(0), Updated(1), Updated(100)}});
  figures_.TakeChanged();
  figures_.Apply("a", 2, {{next_midnight_, Updated(1), {}, {}}});
  EXPECT_THAT(figures_.TakeChanged(), IsEmpty());
}

TEST_F(PartitionFiguresTest, AFigureThatASignalLeavesOutStands) {
  figures_.Apply("a", 1, {{noon_, Updated(2), Updated(3), Updated(400)}});
  figures_.Apply("a", 2, {{noon_ + absl::Hours(24), Updated(0), {}, {}}});
  EXPECT_EQ(figures_.TakeChanged().at(1).figures, (OrderFigures{2, kDay + 1, 3, 400}));
  figures_.Apply("a", 3, {{noon_ + absl::Hours(48), Gone(), Updated(0), Updated(0)}});
  EXPECT_EQ(figures_.TakeChanged().at(0).figures, (OrderFigures{3, std::nullopt, 0, 0}));
}

TEST_F(PartitionFiguresTest, StepsWithoutOrderFiguresChangeNothing) {
  figures_.Apply("a", 1, {{noon_, {}, {}, {}}});
  EXPECT_THAT(figures_.TakeChanged(), IsEmpty());
}

TEST_F(PartitionFiguresTest, WhatIsNotNewerIsDropped) {
  figures_.Apply("a", 5, {{noon_, Updated(2), Updated(3), Updated(400)}});
  figures_.TakeChanged();
  figures_.Apply("a", 5, {{noon_, Updated(9), Updated(9), Updated(9)}});
  figures_.Apply("a", 4, {{noon_, Updated(9), Updated(9), Updated(9)}});
  EXPECT_THAT(figures_.TakeChanged(), IsEmpty());
  figures_.Apply("b", 1, {{noon_, Updated(9), Updated(9), Updated(9)}});
  EXPECT_EQ(figures_.TakeChanged().size(), 1u) << "versions are per account";
}

TEST_F(PartitionFiguresTest, GoesOnFromWhatIsStored) {
  PartitionFigures loaded(3, calendar_, {{3, "a", next_midnight_, {7, kDay, 3, 400}}});
  loaded.Apply("a", 7, {{noon_, Updated(9), Updated(9), Updated(9)}});
  EXPECT_THAT(loaded.TakeChanged(), IsEmpty());
  loaded.Apply("a", 8, {{noon_ + absl::Hours(24), {}, Updated(4), {}}});
  EXPECT_THAT(loaded.TakeChanged(),
              ElementsAre(FiguresAt{3, "a", next_midnight_ + absl::Hours(24), {8, kDay, 4, 400}}));
}

}  // namespace
}  // namespace bellwether::accounts::partition_figures_test
