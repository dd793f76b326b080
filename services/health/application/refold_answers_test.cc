// What the re-fold answers, over a history that is a list.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "gtest/gtest.h"
#include "services/health/application/account_history.h"
#include "services/health/application/fact_outcome.h"
#include "services/health/application/verify_health.h"
#include "services/health/testing/models.h"

namespace bellwether::health::refold_answers_test {
namespace {

constexpr Day kToday = 20'000;
const absl::Time kNoon = absl::FromUnixMicros(kToday * kMicrosPerDay + kMicrosPerDay / 2);

// The records of one account.
class ListedHistory final : public AccountHistory {
 public:
  absl::Status Visit(const std::string& /*account*/,
                     absl::FunctionRef<void(const AppliedItem&)> visit) override {
    if (!failure.ok()) return failure;
    int64_t offset = 0;
    for (const auto& [applied_at, item] : items) visit({offset++, applied_at, item});
    return absl::OkStatus();
  }
  absl::Time end_time() const override {
    return items.empty() ? absl::InfinitePast() : items.back().first;
  }

  std::vector<std::pair<absl::Time, JournalItem>> items;
  absl::Status failure;
};

class RefoldAnswers : public ::testing::Test {
 protected:
  RefoldAnswers() { Add(kNoon, {.kind = ItemKind::kModelActivated, .model = model_}); }

  void Add(absl::Time applied_at, JournalItem item) {
    item.time = applied_at;
    history_.items.emplace_back(applied_at, std::move(item));
  }
  void AddOrder(absl::Time applied_at, uint64_t id, absl::string_view text_id, int64_t value) {
    Add(applied_at, {.origin = {.source = "crm", .id = text_id}, .fact = Order(id, kToday, value)});
  }

  const Calendar calendar_ = *Calendar::Create({.time_zone = "UTC"});
  const std::shared_ptr<const ActiveModel> model_ = SmallActiveModel();
  ListedHistory history_;
};

TEST_F(RefoldAnswers, TheOutcomeOfAFactIsThatOfItsLatestComing) {  // X1
  AddOrder(kNoon, 1, "o-1", 700);
  AddOrder(kNoon + absl::Seconds(1), 1, "o-1", 701);
  AddOrder(kNoon + absl::Seconds(2), 2, "o-2", 50);
  const auto repeated = FateOfFact(calendar_, history_, "acme", "crm", "o-1");
  ASSERT_TRUE(repeated.ok() && repeated->has_value()) << repeated.status();
  EXPECT_EQ((*repeated)->outcome, FactOutcome::kConflict);
  EXPECT_EQ((*repeated)->applied_at, kNoon + absl::Seconds(1));
  EXPECT_EQ((*FateOfFact(calendar_, history_, "acme", "crm", "o-2"))->outcome,
            FactOutcome::kCounted);
  EXPECT_FALSE(FateOfFact(calendar_, history_, "acme", "erp", "o-1")->has_value());
}

TEST_F(RefoldAnswers, AStateThatHistoryDoesNotComeToIsADifference) {  // H4
  AddOrder(kNoon, 1, "o-1", 700);
  const Account live = Refold(calendar_, history_, {.account = "acme"}, nullptr)->account;
  const auto verified = VerifyHealth(calendar_, history_, "acme", live);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->facts, 1);
  EXPECT_FALSE(verified->difference.has_value()) << verified->difference->detail;

  AddOrder(kNoon + absl::Seconds(1), 2, "o-2", 50);
  const auto changed = VerifyHealth(calendar_, history_, "acme", live);
  ASSERT_TRUE(changed.ok() && changed->difference.has_value()) << changed.status();
  EXPECT_NE(changed->difference->detail, "");
}

TEST_F(RefoldAnswers, AHistoryThatCannotBeReadAnswersNothing) {
  history_.failure = absl::DataLossError("a block is not what was written");
  EXPECT_TRUE(absl::IsDataLoss(VerifyHealth(calendar_, history_, "acme", Account()).status()));
  EXPECT_TRUE(absl::IsDataLoss(FateOfFact(calendar_, history_, "acme", "crm", "o-1").status()));
}

}  // namespace
}  // namespace bellwether::health::refold_answers_test
