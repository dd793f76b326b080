// Cuts that were shown, and what turned out since.
#include "services/accounts/adapters/rfm_corrections.h"

#include <optional>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "services/accounts/testing/rfm_rig.h"

namespace bellwether::accounts::rfm_corrections_test {
namespace {

class RfmCorrectionsTest : public testing::RfmRig {
 protected:
  // It turns out that at the ends of these days the account had so many orders, of as much a piece,
  // the last one on that day itself.
  void Restate(const std::string& account, absl::Time known, int first_day, int last_day,
               std::optional<int64_t> count, absl::Time due) {
    Commit([&](store::Transaction& transaction) -> absl::Status {
      RestatedFigures restated{.account_id = account, .known = known};
      for (int day = 20'000 + first_day; day <= 20'000 + last_day; ++day) {
        std::optional<int64_t> last;
        if (count.has_value()) last = day;
        AddSpan({day, day, last}, restated.last_order_days);
        AddSpan({day, day, count}, restated.order_counts);
        AddSpan({day, day, count.value_or(0) * 100}, restated.order_values_minor);
      }
      RETURN_IF_ERROR(corrections_.Save(transaction, {restated}));
      return corrections_.Schedule(transaction, {due});
    });
  }
  // "a:3 b:1" of the cut: accounts and their orders, best first.
  std::string Ranking(absl::Time time, absl::Time known_by = absl::InfiniteFuture()) {
    const std::optional<RfmCut> cut = CutAsOf(time, known_by);
    if (!cut.has_value()) return "none";
    std::string ranking;
    for (const RfmPlace& place : cut->places) {
      absl::StrAppend(&ranking, ranking.empty() ? "" : " ", place.orders.account_id, ":",
                      place.orders.order_count);
    }
    return ranking;
  }
};

// A3, H1: cuts shown stay, and corrected ones are added.
TEST_F(RfmCorrectionsTest, WhatTurnsOutOfClosedDaysCorrectsTheirCutsBesideThoseShown) {
  SetFigures(0, "a", Midnight(1), 0, 1, 100);
  SetFigures(1, "b", Midnight(1), 0, 2, 200);
  SetFigures(0, "a", Midnight(4), 0, 3, 300);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(5) + absl::Hours(1));
  ASSERT_EQ(TakeAll(), 2);
  const absl::Time known = Midnight(5) + absl::Hours(2);
  const absl::Time due = Midnight(5) + absl::Hours(3);
  Restate("a", known, /*first_day=*/1, /*last_day=*/1, 9, due);
  EXPECT_EQ(TakeAll(), 0);
  EXPECT_EQ(Ranking(Midnight(2)), "b:2 a:1") << "not every partition has come there";
  SetWatermarks(Midnight(0) + absl::Hours(1), due);
  EXPECT_EQ(TakeAll(), 0);
  EXPECT_EQ(Ranking(Midnight(1)), "b:2 a:1") << "nothing was said of that day";
  EXPECT_EQ(Ranking(Midnight(2)), "a:9 b:2");
  EXPECT_EQ(CutAsOf(Midnight(2))->known, due);
  EXPECT_EQ(Ranking(Midnight(2), due - absl::Microseconds(1)), "b:2 a:1") << "as it was shown";
  EXPECT_EQ(Ranking(Midnight(3)), "b:2 a:1") << "a night that was passed over stands as it stood";
  EXPECT_EQ(Ranking(Midnight(4)), "a:3 b:2");
  EXPECT_EQ(Ranking(Midnight(5)), "a:3 b:2");
  // Taken back: known once more as it was first.
  Restate("a", due + absl::Hours(1), 1, 1, 1, due + absl::Hours(2));
  SetWatermarks(Midnight(0) + absl::Hours(1), due + absl::Hours(2));
  TakeAll();
  EXPECT_EQ(Ranking(Midnight(2)), "b:2 a:1");
  EXPECT_EQ(Ranking(Midnight(2), due), "a:9 b:2");
}

TEST_F(RfmCorrectionsTest, LevelsAndTiersFollowTheNewestCutAsItIsKnownNow) {
  for (const char* id : {"a", "b"}) AddAccount(id, "");
  SetFigures(0, "a", Midnight(1), 0, 1, 100);
  SetFigures(1, "b", Midnight(1), 0, 2, 200);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(1));
  ASSERT_EQ(TakeAll(), 1);
  EXPECT_EQ(TierOfAccount("a"), "maintenance");
  const std::string of_the_first = TierOfAccount("b");
  ASSERT_NE(of_the_first, "maintenance");
  const absl::Time due = Midnight(1) + absl::Hours(2);
  Restate("a", Midnight(1) + absl::Hours(1), 0, 0, 9, due);
  SetWatermarks(Midnight(0) + absl::Hours(1), due);
  EXPECT_EQ(TakeAll(), 0);
  EXPECT_EQ(TierOfAccount("a"), of_the_first);
  EXPECT_EQ(TierOfAccount("b"), "maintenance");
  EXPECT_EQ(HistoryOf("a").front().cut, due) << "since when it is known";
  EXPECT_EQ(std::get<2>(changes_.recorded.back()), due);
  // Nothing is known of the day that begins; the night after a correction is taken all the same.
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(2));
  EXPECT_EQ(TakeAll(), 1);
  EXPECT_EQ(Ranking(Midnight(2)), "b:2 a:1");
  EXPECT_EQ(TierOfAccount("b"), of_the_first);
}

TEST_F(RfmCorrectionsTest, AnAccountMayLeaveACutThatIsCorrectedAndAnotherComeIn) {
  SetFigures(0, "a", Midnight(1), 0, 1, 100);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(1));
  ASSERT_EQ(TakeAll(), 1);
  const absl::Time due = Midnight(1) + absl::Hours(2);
  Restate("a", Midnight(1) + absl::Hours(1), 0, 0, std::nullopt, due);
  Restate("c", Midnight(1) + absl::Hours(1), -1, 0, 4, due);
  SetWatermarks(Midnight(0) + absl::Hours(1), due);
  TakeAll();
  EXPECT_EQ(Ranking(Midnight(1)), "c:4");
  EXPECT_EQ(Ranking(Midnight(0)), "none") << "before the first cut";
}

TEST_F(RfmCorrectionsTest, ACorrectionAtAMidnightComesBeforeTheCutOfThatMidnight) {
  AddAccount("a", "");
  SetFigures(0, "a", Midnight(1), 0, 1, 100);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(1));
  ASSERT_EQ(TakeAll(), 1);
  Restate("a", Midnight(1) + absl::Hours(1), 0, 0, 5, Midnight(2));
  SetFigures(0, "a", Midnight(2), 1, 5, 500);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(9));
  EXPECT_EQ(TakeAll(), 1);
  EXPECT_EQ(Ranking(Midnight(1)), "a:5");
  EXPECT_EQ(Ranking(Midnight(1), Midnight(2) - absl::Microseconds(1)), "a:1");
  EXPECT_EQ(CutAsOf(Midnight(2))->known, Midnight(2));
  EXPECT_EQ(Ranking(Midnight(9)), "a:5");
}

}  // namespace
}  // namespace bellwether::accounts::rfm_corrections_test
