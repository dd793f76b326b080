#include "services/health/domain/account.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/domain/account_codec.h"
#include "services/health/testing/models.h"

namespace bellwether::health::account_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Day kToday = 20'000;

class AccountFold : public ::testing::Test {
 protected:
  FactOutcome Apply(const FactRecord& fact, Day today = kToday) {
    changes_.clear();
    return account_.ApplyFact(model_.get(), fact, FoldDay::At(today), changes_);
  }
  std::optional<DaySnapshot> Close(Day new_day) {
    changes_.clear();
    return account_.CloseDay(model_.get(), FoldDay::At(new_day), changes_);
  }
  // What the last step emitted of a value; nothing if it left it out.
  std::optional<int64_t> Emitted(absl::string_view name) {
    std::optional<int64_t> emitted;
    for (const ValueChange& change : changes_.values) {
      if (model_->ValueName(change.value) != name) continue;
      EXPECT_EQ(emitted, std::nullopt) << name << " emitted twice";
      emitted = change.now;
    }
    return emitted;
  }
  // The spans of one value.
  std::vector<RestatedSpan> Of(absl::string_view name, const std::vector<RestatedSpan>& spans) {
    std::vector<RestatedSpan> found;
    for (const RestatedSpan& span : spans) {
      if (model_->ValueName(span.value) == name) found.push_back(span);
    }
    return found;
  }
  int64_t Live(absl::string_view name) { return ValueOf(*model_, account_.live(), name); }

  std::shared_ptr<const ActiveModel> model_ = SmallActiveModel();
  std::shared_ptr<const ActiveModel> parked_;  // takes the model out of play
  Account account_;
  Changes changes_;
};

FactRecord Refund(uint64_t id, Day day, int64_t value) {
  FactRecord fact =
      FactOf(*FactKindByName("order_refunded"), id, day, SeriesNamed("order_refund"), value);
  fact.observations.Add(SeriesNamed("order_value"), -value, /*only_sum=*/true);
  return fact;
}

TEST_F(AccountFold, ARefundLessensTheValueAndIsNoPurchase) {  // H1
  Apply(Order(1, kToday - 20, 700));
  Apply(Order(2, kToday - 20, 100));
  const int64_t recency = Live("orders.recency_90d");
  EXPECT_EQ(Apply(Refund(3, kToday, 300)), FactOutcome::kCounted);
  EXPECT_EQ(Live("orders.value_30d"), 500 * kPoint);
  EXPECT_EQ(Live("orders.count_30d"), 2 * kPoint);
  EXPECT_EQ(Live("orders.recency_90d"), recency);
}

TEST_F(AccountFold, ARefundMayBeLargerThanWhatWasBoughtInTheWindow) {
  Apply(Order(1, kToday - 40, 700));
  EXPECT_EQ(Apply(Refund(2, kToday, 900)), FactOutcome::kCounted);
  EXPECT_EQ(Live("orders.value_30d"), -900 * kPoint);
  EXPECT_EQ(Live("orders.value_change_30d"), RoundedQuotient(int64_t{-1'600} * kPoint, 700));
  EXPECT_EQ(Live("orders.count_30d"), kAbsent) << "as without the refund";
}

TEST_F(AccountFold, ARefundOfAnOrderThatIsNotKnownSaysNothingOfPurchases) {
  EXPECT_EQ(Apply(Refund(1, kToday, 900)), FactOutcome::kCounted);
  EXPECT_EQ(Live("orders.value_30d"), -900 * kPoint);
  EXPECT_EQ(Live("orders.count_30d"), kAbsent);
  EXPECT_EQ(Live("orders.recency_90d"), kAbsent);
  // It comes after all.
  EXPECT_EQ(Apply(Order(2, kToday - 3, 900)), FactOutcome::kLate);
  EXPECT_EQ(Live("orders.value_30d"), 0);
  EXPECT_EQ(Live("orders.count_30d"), kPoint);
}

TEST_F(AccountFold, ALateRefundRestatesTheDaysItTouched) {
  Apply(Order(1, kToday - 5, 700));
  account_.TakeRestated(model_.get(), kToday);
  EXPECT_EQ(Apply(Refund(2, kToday - 2, 700)), FactOutcome::kLate);
  const Restatement restated = account_.TakeRestated(model_.get(), kToday);
  const auto spans = Of("orders.value_30d", restated.spans);
  EXPECT_THAT(spans,
              ElementsAre(RestatedSpan{spans[0].value, kToday - 2, kToday - 1, 700 * kPoint, 0}));
}

TEST_F(AccountFold, WhatWasTakenBackBeforeItCameStaysOutAsLongAsItCouldCount) {  // H1
  const FactRecord order = Order(1, kToday, 700);
  EXPECT_TRUE(
      account_.Retract(model_.get(), {.fact_id = order.identity.id()}, FoldDay::At(kToday)));
  EXPECT_FALSE(
      account_.Retract(model_.get(), {.fact_id = order.identity.id()}, FoldDay::At(kToday)))
      << "known";
  EXPECT_EQ(Apply(order), FactOutcome::kRetracted);
  EXPECT_FALSE(changes_.moved);
  Apply(Order(2, kToday, 1));  // so that days pass
  // The last day on which a copy could count.
  const Day last = kToday + model_->HorizonOf(order.kind) - 1;
  for (Day day = kToday + 1; day <= last; ++day) Close(day);
  EXPECT_EQ(Apply(order, last), FactOutcome::kRetracted);
  for (Day day = last + 1; day <= kToday + model_->longest_horizon() + 1; ++day) Close(day);
  EXPECT_TRUE(account_.corrections().empty());
  EXPECT_EQ(Apply(order, last + 1), FactOutcome::kTooOld);
}

TEST_F(AccountFold, OnlyWhatMayCountHasToBeFoldedAgain) {
  FactRecord order = Order(1, kToday, 700);
  const Retraction retraction{.fact_id = order.identity.id()};
  EXPECT_FALSE(account_.MustFoldAgain(model_.get(), retraction)) << "it never came";
  Apply(order);
  EXPECT_TRUE(account_.MustFoldAgain(model_.get(), retraction));
  EXPECT_FALSE(account_.MustFoldAgain(model_.get(), order)) << "a copy is no correction";
  order.revision = 1;
  EXPECT_TRUE(account_.MustFoldAgain(model_.get(), order));
  FactRecord other = Order(2, kToday, 5);
  other.revision = 4;
  EXPECT_FALSE(account_.MustFoldAgain(model_.get(), other)) << "nothing to replace";
  EXPECT_EQ(Apply(other), FactOutcome::kCounted);
  EXPECT_EQ(Apply(other), FactOutcome::kDuplicate);
  other.revision = 0;
  EXPECT_EQ(Apply(other), FactOutcome::kRetracted) << "what it had replaced comes late";
  EXPECT_FALSE(
      account_.MustFoldAgain(model_.get(), Retraction{.fact_id = other.identity.id(), .up_to = 3}))
      << "what counts is a later revision";
}

TEST_F(AccountFold, KeepsWhatIsCorrectedInItsStoredForm) {
  FactRecord order = Order(1, kToday, 700);
  order.revision = 2;
  Apply(order);
  account_.Retract(model_.get(), {.fact_id = 99}, FoldDay::At(kToday));
  std::string blob;
  AccountCodec::Encode(account_, {.activation_offset = 0}, blob);
  const auto decoded = AccountCodec::Decode(blob, model_.get(), 0, FoldDay::At(kToday));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->account.corrections(), account_.corrections());
}

TEST_F(AccountFold, CountsAFactOnce) {  // H1
  EXPECT_EQ(Apply(Order(1, kToday, 700)), FactOutcome::kCounted);
  EXPECT_EQ(Apply(Order(1, kToday, 700)), FactOutcome::kDuplicate);
  EXPECT_THAT(changes_.values, IsEmpty());
  EXPECT_FALSE(changes_.moved);
  EXPECT_EQ(Apply(Order(1, kToday, 701)), FactOutcome::kConflict);
  EXPECT_THAT(changes_.values, IsEmpty());
  EXPECT_EQ(Live("orders.value_30d"), 700 * kPoint);
}

TEST_F(AccountFold, RefusesToCountWhatIsOlderThanItsHorizon) {  // H1
  const int horizon = model_->HorizonOf(*FactKindByName("order_placed"));
  EXPECT_EQ(Apply(Order(1, kToday - horizon, 700)), FactOutcome::kTooOld);
  EXPECT_EQ(account_.seen().size(), 0u);
  EXPECT_EQ(Apply(Order(2, kToday - horizon + 1, 700)), FactOutcome::kLate);
  EXPECT_EQ(account_.seen().size(), 1u);
}

// R02: the last move of a chain counts however long ago, also if it comes late or twice.
TEST_F(AccountFold, KeepsTheLatestInstantThatAMetricLooksBackForWithoutAnEnd) {
  MetricCatalogue catalogue = EveryFormula();
  catalogue.metrics.back().window_days = 0;
  model_ = CompileOrDie(std::move(catalogue), SmallModel());
  const int horizon = model_->HorizonOf(*FactKindByName("decision_chain_changed"));
  const auto move = [](uint64_t id, Day day) {
    return FactOf(*FactKindByName("decision_chain_changed"), id, day,
                  SeriesNamed("decision_chain_move"), 1);
  };
  const Day long_ago = kToday - horizon - 100;
  EXPECT_EQ(Apply(move(1, long_ago)), FactOutcome::kLate);
  EXPECT_EQ(Live("decision_chain.last_moved"), move(1, long_ago).time_micros);
  EXPECT_EQ(Emitted("decision_chain.last_moved"), move(1, long_ago).time_micros);
  EXPECT_EQ(Apply(move(1, long_ago)), FactOutcome::kTooOld) << "it adds nothing";
  EXPECT_EQ(Apply(move(2, long_ago - 1)), FactOutcome::kTooOld);
  EXPECT_EQ(account_.seen().size(), 0u) << "beyond the horizon nothing is remembered";
  Close(kToday + 2 * horizon);
  EXPECT_EQ(Live("decision_chain.last_moved"), move(1, long_ago).time_micros);
  EXPECT_EQ(Apply(move(3, kToday + 2 * horizon), kToday + 2 * horizon), FactOutcome::kCounted);
  Close(kToday + 4 * horizon);
  EXPECT_EQ(Live("decision_chain.last_moved"), move(3, kToday + 2 * horizon).time_micros);
  EXPECT_EQ(account_.series().Find(SeriesNamed("decision_chain_move"))->oldest_day(),
            kToday + 2 * horizon)
      << "only the latest is kept";
}

// Else a crash in between would swallow what is emitted of an account at first sight.
TEST_F(AccountFold, IsStillUnseenAfterAReloadWhileNothingHasCounted) {
  EXPECT_EQ(Apply(Order(1, 1, 700)), FactOutcome::kTooOld);
  std::string blob;
  AccountCodec::Encode(account_, {.activation_offset = 0}, blob);
  const auto loaded = AccountCodec::Decode(blob, model_.get(), 0, FoldDay::At(kToday));
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->account.live(), account_.live());
  EXPECT_EQ(loaded->account.emitted(), account_.emitted());

  EXPECT_EQ(Apply(Order(2, kToday, 700)), FactOutcome::kCounted);
  const std::vector<ValueChange> emitted = changes_.values;
  account_ = loaded->account;
  EXPECT_EQ(Apply(Order(2, kToday, 700)), FactOutcome::kCounted);
  EXPECT_EQ(changes_.values, emitted);
}

TEST_F(AccountFold, RemembersAFactForAsLongAsItCanCount) {
  const int horizon = model_->HorizonOf(*FactKindByName("order_placed"));
  Apply(Order(1, kToday, 700));
  for (Day day = kToday + 1; day < kToday + horizon; ++day) Close(day);
  EXPECT_EQ(Apply(Order(1, kToday, 700), kToday + horizon - 1), FactOutcome::kDuplicate);
  Close(kToday + horizon);
  EXPECT_EQ(account_.seen().size(), 0u);
  EXPECT_EQ(Apply(Order(1, kToday, 700), kToday + horizon), FactOutcome::kTooOld);
}

TEST_F(AccountFold, ALateFactCountsInTheDayOfItsTime) {  // H1
  Apply(Order(1, kToday, 100));
  EXPECT_EQ(Apply(Order(2, kToday - 1, 900)), FactOutcome::kLate);
  EXPECT_EQ(Live("orders.value_30d"), 1'000 * kPoint);
  EXPECT_EQ(Live("orders.recency_90d"), 0);
}

TEST_F(AccountFold, AFactOfTomorrowCountsFromTomorrowOn) {  // H1
  Apply(Order(1, kToday, 100));
  EXPECT_EQ(Apply(Order(2, kToday + 1, 900)), FactOutcome::kCounted);
  EXPECT_EQ(Live("orders.value_30d"), 100 * kPoint);
  Close(kToday + 1);
  EXPECT_EQ(Live("orders.value_30d"), 1'000 * kPoint);
  EXPECT_EQ(Live("orders.recency_90d"), 0);
}

TEST_F(AccountFold, EmitsWhatMovedByMoreThanItsMateriality) {
  EXPECT_EQ(Apply(Order(1, kToday, 700)), FactOutcome::kCounted);
  EXPECT_EQ(Emitted("orders.value_30d"), 700 * kPoint);
  EXPECT_EQ(Emitted("orders.recency_90d"), 0);
  EXPECT_TRUE(Emitted("health.score").has_value());
  EXPECT_EQ(Emitted("health.dimension.relationship"), std::nullopt);

  Apply(Order(2, kToday, 500));
  EXPECT_EQ(Emitted("orders.value_30d"), std::nullopt) << "500 is not more than 500";
  EXPECT_EQ(Emitted("orders.recency_90d"), std::nullopt) << "has not moved";
  EXPECT_EQ(Emitted("orders.count_30d"), 2 * kPoint);
  EXPECT_TRUE(changes_.moved);
  // The moves add up against what was emitted last.
  Apply(Order(3, kToday, 1));
  EXPECT_EQ(Emitted("orders.value_30d"), 1'201 * kPoint);
}

TEST_F(AccountFold, TheCloseOfTheDayEmitsExactValues) {
  Apply(Order(1, kToday, 700));
  Apply(Order(2, kToday, 300));
  EXPECT_EQ(Emitted("orders.value_30d"), std::nullopt);
  Close(kToday + 1);
  EXPECT_EQ(Emitted("orders.value_30d"), 1'000 * kPoint);
  EXPECT_EQ(Emitted("orders.recency_90d"), kPoint);
  EXPECT_EQ(Emitted("orders.count_30d"), std::nullopt) << "was emitted exactly already";
  EXPECT_EQ(account_.emitted(), account_.live());
}

TEST_F(AccountFold, TheSnapshotIsThatOfTheDayThatEnded) {
  Apply(Order(1, kToday, 1'000));
  const int64_t score = Live("health.score");
  const auto snapshot = Close(kToday + 1);
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->day, kToday);
  EXPECT_EQ(snapshot->breakdown.score_micros, score);
  EXPECT_LT(Live("health.score"), score) << "recency has begun to decay";
  EXPECT_EQ(changes_.score_before, score);
}

TEST_F(AccountFold, AnAccountThatHasForgottenEverythingNoLongerDecays) {
  Apply(Order(1, kToday, 1'000));
  EXPECT_TRUE(account_.Decays());
  Day day = kToday;
  while (account_.Decays()) {
    Close(++day);
    ASSERT_LE(day, kToday + 1'000);
  }
  EXPECT_EQ(day, kToday + model_->RetentionOf(SeriesNamed("order_value")));
  EXPECT_EQ(Live("orders.value_30d"), 0) << "empty is zero: there once was an order";
  EXPECT_EQ(account_.emitted(), account_.live());
}

TEST_F(AccountFold, RestatesTheClosedDaysALateFactChanged) {
  Apply(Order(1, kToday - 5, 100), kToday - 5);
  for (Day day = kToday - 4; day <= kToday; ++day) Close(day);
  EXPECT_FALSE(account_.HasRestated());
  Apply(Order(2, kToday - 3, 900));
  Apply(Order(3, kToday - 1, 50));
  ASSERT_TRUE(account_.HasRestated());
  const auto restated = account_.TakeRestated(model_.get(), kToday).days;
  EXPECT_FALSE(account_.HasRestated());
  ASSERT_EQ(restated.size(), 3u);
  for (size_t i = 0; i < restated.size(); ++i) {
    EXPECT_EQ(restated[i].day, kToday - 3 + static_cast<Day>(i));
    const auto values = Evaluate(*model_, account_.series(), restated[i].day);
    EXPECT_EQ(restated[i].breakdown.score_micros, ValueOf(*model_, values, "health.score"));
  }
}

TEST_F(AccountFold, RestatesNoFurtherBackThanTheSeriesReachExactly) {
  Apply(Order(1, kToday - 60, 100));
  const Restatement restated = account_.TakeRestated(model_.get(), kToday);
  ASSERT_EQ(restated.days.size(), static_cast<size_t>(kTestRestateDays));
  EXPECT_EQ(restated.days.front().day, kToday - kTestRestateDays);
  for (const RestatedSpan& span : restated.spans) {
    EXPECT_GE(span.first_day, kToday - kTestRestateDays);
    EXPECT_LT(span.last_day, kToday);
  }
}

// H1: late facts count in the day they belong to, and only they change a day gone by.
TEST_F(AccountFold, EmitsWhatTheLateFactsAloneChangedOfClosedDays) {
  Apply(Order(1, kToday - 5, 1'000), kToday - 5);
  for (Day day = kToday - 4; day <= kToday; ++day) Close(day);
  Apply(Order(2, kToday - 2, 700));
  Apply(Order(3, kToday, 9'000));  // in time
  Apply(Order(4, kToday - 1, 600));
  const auto restated = account_.TakeRestated(model_.get(), kToday).spans;
  const int value = *model_->ValueByName("orders.value_30d");
  EXPECT_THAT(
      Of("orders.value_30d", restated),
      ElementsAre(RestatedSpan{value, kToday - 2, kToday - 2, 1'000 * kPoint, 1'700 * kPoint},
                  RestatedSpan{value, kToday - 1, kToday - 1, 1'000 * kPoint, 2'300 * kPoint}));
  Apply(Order(5, kToday - 1, 600));
  EXPECT_THAT(
      Of("orders.value_30d", account_.TakeRestated(model_.get(), kToday).spans),
      ElementsAre(RestatedSpan{value, kToday - 1, kToday - 1, 2'300 * kPoint, 2'900 * kPoint}))
      << "against what was stated last";
}

TEST_F(AccountFold, EmitsWhatALateFactChangedOfThePresentDay) {
  Apply(Order(1, kToday - 1, 1'000), kToday - 1);
  Close(kToday);
  Apply(Order(2, kToday, 800));
  EXPECT_THAT(changes_.restated, IsEmpty()) << "in time";
  Apply(Order(3, kToday - 1, 501));
  const int value = *model_->ValueByName("orders.value_30d");
  EXPECT_THAT(Of("orders.value_30d", changes_.restated),
              ElementsAre(RestatedSpan{value, kToday, kToday, 1'800 * kPoint, 2'301 * kPoint}));
  EXPECT_THAT(Of("orders.recency_90d", changes_.restated), IsEmpty()) << "has not moved";
  Apply(Order(4, kToday - 1, 500));
  EXPECT_THAT(Of("orders.value_30d", changes_.restated), IsEmpty()) << "500 is not more than 500";
}

TEST_F(AccountFold, AFirstSightRestatesNothingOfThePresentDay) {
  EXPECT_EQ(Apply(Order(1, kToday - 1, 1'000)), FactOutcome::kLate);
  EXPECT_THAT(changes_.restated, IsEmpty()) << "nothing had been emitted";
}

TEST_F(AccountFold, WhatIsToBeRestatedOutlivesAReload) {
  Apply(Order(1, kToday - 5, 1'000), kToday - 5);
  for (Day day = kToday - 4; day <= kToday; ++day) Close(day);
  Apply(Order(2, kToday - 2, 700));
  std::string blob;
  AccountCodec::Encode(account_, {.activation_offset = 0}, blob);
  auto loaded = AccountCodec::Decode(blob, model_.get(), 0, FoldDay::At(kToday));
  ASSERT_TRUE(loaded.ok());
  const Restatement expected = account_.TakeRestated(model_.get(), kToday);
  ASSERT_FALSE(expected.spans.empty());
  const Restatement restated = loaded->account.TakeRestated(model_.get(), kToday);
  EXPECT_EQ(restated.spans, expected.spans);
  EXPECT_EQ(restated.days.size(), expected.days.size());
}

TEST_F(AccountFold, FactsBeforeTheFirstModelAreRememberedButNotScored) {
  std::swap(model_, parked_);
  EXPECT_EQ(Apply(Order(1, kToday, 700)), FactOutcome::kCounted);
  EXPECT_THAT(changes_.values, IsEmpty());
  EXPECT_EQ(account_.score(), kAbsent);
  std::swap(model_, parked_);
  changes_.clear();
  account_.Activate(nullptr, *model_, FoldDay::At(kToday), changes_);
  EXPECT_EQ(Emitted("orders.value_30d"), 700 * kPoint);
  EXPECT_NE(account_.score(), kAbsent);
}

TEST_F(AccountFold, ANewModelTakesOverExactlyAndTakesBackWhatItDoesNotHave) {
  Apply(Order(1, kToday, 700));
  const auto before = model_;
  MetricCatalogue catalogue = EveryFormula();
  std::erase_if(catalogue.metrics,
                [](const auto& metric) { return metric.name == "orders.count_30d"; });
  HealthModel model = SmallModel();
  model.version = "2";
  model.dimensions[0].metrics[0].curve = {{0, 0}, {700 * kPoint, 100 * kPoint}};
  model_ = CompileOrDie(catalogue, model);
  const int64_t score_before = account_.score();
  changes_.clear();
  account_.Activate(before.get(), *model_, FoldDay::At(kToday), changes_);
  EXPECT_THAT(changes_.gone, Contains("orders.count_30d"));
  EXPECT_EQ(Emitted("orders.value_30d"), std::nullopt) << "the same as before";
  EXPECT_EQ(Emitted("health.score"), account_.score());
  EXPECT_EQ(changes_.score_before, score_before);
  EXPECT_GT(account_.score(), score_before);
}

TEST_F(AccountFold, IgnoresAttributesThatAreNotNewer) {
  EXPECT_TRUE(account_.ChangeAttributes(model_.get(), {{"tier", "core"}}, false, 2,
                                        FoldDay::At(kToday), changes_));
  EXPECT_FALSE(account_.ChangeAttributes(model_.get(), {{"tier", "potential"}}, false, 2,
                                         FoldDay::At(kToday), changes_));
  EXPECT_EQ(account_.attributes().Get("tier"), "core");
}

TEST_F(AccountFold, ANewAccountSaysThatItHasNoConfidence) {
  account_.ChangeAttributes(model_.get(), {}, false, 1, FoldDay::At(kToday), changes_);
  EXPECT_EQ(Emitted("health.confidence"), 0);
  EXPECT_EQ(Emitted("health.score"), std::nullopt);
}

TEST_F(AccountFold, ADeletedAccountHasNoValuesAndComesBackWithAllOfThem) {
  Apply(Order(1, kToday, 700));
  changes_.clear();
  account_.ChangeAttributes(model_.get(), {}, true, 1, FoldDay::At(kToday), changes_);
  EXPECT_EQ(Emitted("health.score"), kAbsent);
  EXPECT_EQ(Emitted("orders.value_30d"), kAbsent);
  EXPECT_EQ(Close(kToday + 1), std::nullopt);
  Apply(Order(2, kToday + 1, 300), kToday + 1);
  EXPECT_THAT(changes_.values, IsEmpty());
  changes_.clear();
  account_.ChangeAttributes(model_.get(), {}, false, 2, FoldDay::At(kToday + 1), changes_);
  EXPECT_EQ(Emitted("orders.value_30d"), 1'000 * kPoint);
}

}  // namespace
}  // namespace bellwether::health::account_test
