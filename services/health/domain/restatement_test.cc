#include "services/health/domain/restatement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/testing/models.h"

namespace bellwether::health::restatement_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RestatedSpansTest : public ::testing::Test {
 protected:
  // A day on which these values were shown, and are known now, differently from all others.
  void Day(int day, std::vector<std::pair<int, std::pair<int64_t, int64_t>>> values) {
    std::vector<int64_t> before(static_cast<size_t>(model_->value_count()), kAbsent);
    std::vector<int64_t> after = before;
    for (const auto& [value, figures] : values) {
      before[static_cast<size_t>(value)] = figures.first;
      after[static_cast<size_t>(value)] = figures.second;
    }
    spans_.Add(day, before, after);
  }

  const std::shared_ptr<const ActiveModel> model_ = SmallActiveModel();
  const int count_ = *model_->ValueByName("orders.count_30d");
  const int recency_ = *model_->ValueByName("orders.recency_90d");
  RestatedSpans spans_{*model_};
};

TEST_F(RestatedSpansTest, AValueIsRestatedBeyondItsMateriality) {
  const int64_t materiality = model_->MaterialityOf(count_);
  ASSERT_GT(materiality, 0);
  Day(7, {{count_, {kPoint, kPoint + materiality}}});
  Day(8, {{count_, {kPoint, kPoint + materiality + 1}}});
  Day(9, {{count_, {kPoint, kPoint - materiality}}});
  Day(10, {{count_, {kPoint, kPoint - materiality - 1}}});
  EXPECT_THAT(std::move(spans_).Take(),
              ElementsAre(RestatedSpan{count_, 8, 8, kPoint, kPoint + materiality + 1},
                          RestatedSpan{count_, 10, 10, kPoint, kPoint - materiality - 1}));
}

TEST_F(RestatedSpansTest, DataThatComeOrGoAreARestatement) {
  Day(7, {{count_, {kAbsent, 0}}, {recency_, {0, kAbsent}}});
  EXPECT_THAT(std::move(spans_).Take(), ElementsAre(RestatedSpan{count_, 7, 7, kAbsent, 0},
                                                    RestatedSpan{recency_, 7, 7, 0, kAbsent}));
}

TEST_F(RestatedSpansTest, DaysInARowThatAreTheSameAreOneSpan) {
  Day(7, {{recency_, {0, kPoint}}, {count_, {kPoint, 2 * kPoint}}});
  Day(8, {{recency_, {0, kPoint}}, {count_, {kPoint, 2 * kPoint}}});
  Day(9, {{recency_, {0, 2 * kPoint}}, {count_, {2 * kPoint, 2 * kPoint}}});
  Day(10, {{recency_, {kPoint, 2 * kPoint}}, {count_, {kPoint, 2 * kPoint}}});
  EXPECT_THAT(std::move(spans_).Take(),
              ElementsAre(RestatedSpan{count_, 7, 8, kPoint, 2 * kPoint},
                          RestatedSpan{count_, 10, 10, kPoint, 2 * kPoint},
                          RestatedSpan{recency_, 7, 8, 0, kPoint},
                          RestatedSpan{recency_, 9, 9, 0, 2 * kPoint},
                          RestatedSpan{recency_, 10, 10, kPoint, 2 * kPoint}))
      << "a day in between that is as it was ends a span";
}

TEST_F(RestatedSpansTest, OfTooManyTheNewestDaysStay) {
  const int days = static_cast<int>(kRestatedSpansMax) / 2 + 10;
  for (int day = 1; day <= days; ++day) {
    Day(day, {{count_, {0, day * kPoint}}, {recency_, {0, day * kPoint}}});
  }
  const auto spans = std::move(spans_).Take();
  ASSERT_EQ(spans.size(), kRestatedSpansMax);
  EXPECT_EQ(spans.front().value, count_);
  EXPECT_EQ(spans.front().first_day, 11);
  EXPECT_EQ(spans.back().value, recency_);
  EXPECT_EQ(spans.back().last_day, days);
}

TEST_F(RestatedSpansTest, NothingMovedIsNothingRestated) {
  Day(7, {{count_, {kPoint, kPoint}}});
  EXPECT_THAT(std::move(spans_).Take(), IsEmpty());
}

}  // namespace
}  // namespace bellwether::health::restatement_test
