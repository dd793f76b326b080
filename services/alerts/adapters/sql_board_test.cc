#include "services/alerts/adapters/sql_board.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::sql_board_test {
namespace {

using for_tests::kStart;
using ::testing::ElementsAre;

Rule RuleOfLosses() {
  Rule rule = for_tests::R39();
  rule.loss = {"orders.value_90d", "orders.value_90d_before"};
  return rule;
}

class BoardTest : public ::testing::Test {
 protected:
  // Buys half as often as before, and for so much less (minor units).
  void Lose(const std::string& subject, int64_t lost_minor, absl::Time at) {
    constexpr int64_t kBefore = 1'000'000;
    alerts_.Append(subject,
                   testing::SignalRecord(
                       testing::SignalOf(subject, ++version_, at,
                                         {{"orders.count_90d", 5 * kMicros},
                                          {"orders.count_90d_before", 10 * kMicros},
                                          {"orders.value_90d", (kBefore - lost_minor) * kMicros},
                                          {"orders.value_90d_before", kBefore * kMicros}}),
                       at));
  }
  std::vector<std::string> Board(int64_t page_rows) {
    const auto transaction = *alerts_.store().BeginRead();
    std::vector<std::string> subjects;
    std::optional<BoardPlace> after;
    do {
      const auto page =
          ReadBoard(*transaction, for_tests::Policy(), BoardQuery(), after, page_rows);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const v1::Alert& alert : page->alerts) subjects.push_back(alert.subject());
      after = page->end;
    } while (after.has_value());
    return subjects;
  }

  testing::FoldedAlerts alerts_{{RuleOfLosses()}};
  int64_t version_ = 0;
};

TEST_F(BoardTest, EqualPrioritiesStandByValueAtRiskThenByAgeThenById) {  // L3
  Lose("a", 100, kStart);
  Lose("b", 90'000, kStart + absl::Hours(2));
  Lose("c", 5'000, kStart + absl::Hours(1));
  Lose("d", 5'000, kStart);
  Lose("e", 5'000, kStart);
  Lose("f", 0, kStart);
  Lose("g", -700, kStart);  // spends more in fewer orders: nothing is lost
  alerts_.Boot();
  alerts_.CatchUp();
  for (const int64_t page_rows : {1, 2, 3, 100}) {
    EXPECT_THAT(Board(page_rows), ElementsAre("b", "d", "e", "c", "a", "f", "g")) << page_rows;
  }
}

TEST_F(BoardTest, ShowsWhatIsAtRisk) {
  Lose("a", 123'456, kStart);
  alerts_.Boot();
  alerts_.CatchUp();
  const auto alert = ReadAlert(**alerts_.store().BeginRead(), for_tests::Policy(), "R39.a.1");
  ASSERT_TRUE(alert.ok()) << alert.status();
  EXPECT_EQ(alert->value_at_risk_minor(), 123'456);
}

}  // namespace
}  // namespace bellwether::alerts::sql_board_test
