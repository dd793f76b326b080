#include "services/alerts/domain/condition.h"

#include <vector>

#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::condition_test {
namespace {

using for_tests::kStart;

// One rule and a subject with values by name.
class Judged {
 public:
  explicit Judged(Rule rule) : rules_({std::move(rule)}), values_(rules_.slots()) {}

  Judged& With(absl::string_view name, int64_t micros) {
    values_[rules_.SlotOf(name)] = micros;
    return *this;
  }
  Judged& Tier(std::string tier) {
    tier_ = std::move(tier);
    return *this;
  }
  Verdict At(absl::Time now, Level held = Level::kNone) const {
    const SubjectView view{SubjectType::kAccount, tier_, values_, kStart};
    return Evaluate(rules_.rules()[0], view, held, now);
  }
  Level LevelWith(Level held = Level::kNone) const { return At(kStart, held).level; }

 private:
  RuleSet rules_;
  std::vector<std::optional<int64_t>> values_;
  std::string tier_ = "core";
};

Judged Score(int64_t micros) {
  Judged judged(for_tests::R13());
  judged.With("health.score", micros).With("health.confidence", 1'000'000);
  return judged;
}

TEST(ThresholdCondition, FiresStrictlyBelowR13) {
  EXPECT_EQ(Score(80'000'000).LevelWith(), Level::kNone);
  EXPECT_EQ(Score(79'999'999).LevelWith(), Level::kYellow);
  EXPECT_EQ(Score(70'000'000).LevelWith(), Level::kYellow);
  EXPECT_EQ(Score(69'999'999).LevelWith(), Level::kOrange);
  EXPECT_EQ(Score(60'000'000).LevelWith(), Level::kOrange);
  EXPECT_EQ(Score(59'999'999).LevelWith(), Level::kRed);
}

TEST(ThresholdCondition, HoldsALevelUntilItsClearThresholdIsReached) {
  EXPECT_EQ(Score(81'999'999).LevelWith(Level::kYellow), Level::kYellow);
  EXPECT_EQ(Score(82'000'000).LevelWith(Level::kYellow), Level::kNone);
  EXPECT_EQ(Score(61'999'999).LevelWith(Level::kRed), Level::kRed);
  EXPECT_EQ(Score(62'000'000).LevelWith(Level::kRed), Level::kOrange);
  // The clear threshold of a level that is not held means nothing.
  EXPECT_EQ(Score(61'999'999).LevelWith(Level::kYellow), Level::kOrange);
}

TEST(ThresholdCondition, AnInclusiveThresholdFiresAtItself) {
  Rule rule = for_tests::R13();
  auto& level = std::get<Threshold>(rule.condition).levels[0];
  level.inclusive = true;
  level.clear_micros = 80'000'000;
  Judged judged(rule);
  judged.With("health.confidence", 1'000'000).With("health.score", 80'000'000);
  EXPECT_EQ(judged.LevelWith(Level::kYellow), Level::kYellow);
  EXPECT_EQ(judged.With("health.score", 80'000'001).LevelWith(Level::kYellow), Level::kNone);
}

TEST(ThresholdCondition, ATierOverrideMovesFireAndClearTogether) {
  Rule rule = for_tests::R13();
  std::get<Threshold>(rule.condition).levels[0].fire_micros_by_tier["strategic-partner"] =
      85'000'000;
  Judged judged(rule);
  judged.With("health.confidence", 1'000'000).With("health.score", 84'999'999);
  EXPECT_EQ(judged.LevelWith(), Level::kNone);
  judged.Tier("strategic-partner");
  EXPECT_EQ(judged.LevelWith(), Level::kYellow);
  EXPECT_EQ(judged.With("health.score", 86'999'999).LevelWith(Level::kYellow), Level::kYellow);
  EXPECT_EQ(judged.With("health.score", 87'000'000).LevelWith(Level::kYellow), Level::kNone);
}

TEST(ThresholdCondition, R13JudgesOnlyScoresWithEnoughConfidence) {
  Judged judged(for_tests::R13());
  judged.With("health.score", 10'000'000);
  EXPECT_EQ(judged.At(kStart).reason, VerdictReason::kLowConfidence);
  EXPECT_FALSE(judged.With("health.confidence", 499'999).At(kStart).judged);
  EXPECT_TRUE(judged.With("health.confidence", 500'000).At(kStart).judged);
}

TEST(ThresholdCondition, WithoutTheValueNothingIsJudged) {
  Judged judged(for_tests::R13());
  judged.With("health.confidence", 1'000'000);
  EXPECT_FALSE(judged.At(kStart).judged);
  EXPECT_EQ(judged.At(kStart).reason, VerdictReason::kNoData);
}

TEST(ThresholdCondition, RisesAboveToo) {
  Threshold churn;
  churn.value = "health.churn";
  churn.direction = Direction::kAbove;
  churn.levels = {{.level = Level::kYellow, .fire_micros = 400'000, .clear_micros = 350'000},
                  {.level = Level::kOrange, .fire_micros = 600'000, .clear_micros = 550'000}};
  Judged judged(for_tests::RuleOf("R40", churn));
  EXPECT_EQ(judged.With("health.churn", 400'000).LevelWith(), Level::kNone);
  EXPECT_EQ(judged.With("health.churn", 400'001).LevelWith(), Level::kYellow);
  EXPECT_EQ(judged.With("health.churn", 350'001).LevelWith(Level::kYellow), Level::kYellow);
  EXPECT_EQ(judged.With("health.churn", 350'000).LevelWith(Level::kYellow), Level::kNone);
}

TEST(Scope, OtherTiersAndOtherSubjectsAreOutOfScope) {
  Rule rule = for_tests::R13();
  rule.tiers = {"strategic-partner", "core"};
  Judged judged(rule);
  judged.With("health.score", 1).With("health.confidence", 1'000'000);
  EXPECT_EQ(judged.LevelWith(), Level::kRed);
  judged.Tier("maintenance");
  EXPECT_TRUE(judged.At(kStart).judged);
  EXPECT_EQ(judged.At(kStart, Level::kRed).reason, VerdictReason::kOutOfScope);
  EXPECT_EQ(judged.LevelWith(Level::kRed), Level::kNone);
}

Judged Orders(int64_t now, int64_t before) {
  Judged judged(for_tests::R39());
  judged.With("orders.count_90d", now * kMicros).With("orders.count_90d_before", before * kMicros);
  return judged;
}

TEST(PercentageChangeCondition, R39FiresAtFifteenPercentExactly) {
  EXPECT_EQ(Orders(17, 20).LevelWith(), Level::kYellow);  // −15 %
  EXPECT_EQ(Orders(851, 1000).LevelWith(), Level::kNone);
  EXPECT_EQ(Orders(849, 1000).LevelWith(), Level::kYellow);
  EXPECT_EQ(Orders(17, 20).At(kStart).value_micros, -150'000);
}

TEST(PercentageChangeCondition, ComparesWithoutRounding) {
  // −14.9999999…%: rounded to 10⁻⁶ it would read −15 %.
  Judged judged(for_tests::R39());
  judged.With("orders.count_90d_before", 2'000'000'000'000'000)
      .With("orders.count_90d", 1'700'000'000'000'001);
  EXPECT_EQ(judged.LevelWith(), Level::kNone);
  EXPECT_EQ(judged.With("orders.count_90d", 1'700'000'000'000'000).LevelWith(), Level::kYellow);
}

TEST(PercentageChangeCondition, HoldsUntilItsClearThreshold) {
  EXPECT_EQ(Orders(899, 1000).LevelWith(Level::kYellow), Level::kYellow);
  EXPECT_EQ(Orders(900, 1000).LevelWith(Level::kYellow), Level::kNone);
}

TEST(PercentageChangeCondition, SmallZeroAndMissingBaselinesAreNotJudgedWhereDeclaredSo) {
  EXPECT_EQ(Orders(0, 2).At(kStart).reason, VerdictReason::kBaselineUnjudgeable);
  EXPECT_EQ(Orders(0, 3).LevelWith(), Level::kYellow);
  EXPECT_FALSE(Orders(5, 0).At(kStart).judged);
  Judged missing(for_tests::R39());
  missing.With("orders.count_90d", kMicros);
  EXPECT_FALSE(missing.At(kStart).judged);
}

TEST(PercentageChangeCondition, AFullChangeGoesInTheDirectionOfTheMove) {
  Rule rule = for_tests::R39();
  auto& change = std::get<PercentageChange>(rule.condition);
  change.zero_baseline = BaselineBehaviour::kFullChange;
  change.missing_baseline = BaselineBehaviour::kFullChange;
  change.direction = Direction::kAbove;
  change.levels = {{.level = Level::kYellow, .fire_micros = kMicros, .inclusive = true}};
  Judged judged(rule);
  judged.With("orders.count_90d", 5 * kMicros);
  EXPECT_EQ(judged.LevelWith(), Level::kYellow);  // missing
  EXPECT_EQ(judged.With("orders.count_90d_before", 0).LevelWith(), Level::kYellow);
  EXPECT_EQ(judged.At(kStart).value_micros, kMicros);
  EXPECT_EQ(judged.With("orders.count_90d", 0).At(kStart).value_micros, 0);
  EXPECT_EQ(judged.With("orders.count_90d", -1).At(kStart).value_micros, -kMicros);
}

TEST(PercentageChangeCondition, ANegativeBaselineCountsByItsSize) {
  Judged judged(for_tests::R39());
  judged.With("orders.count_90d_before", -10 * kMicros).With("orders.count_90d", -12 * kMicros);
  EXPECT_EQ(judged.At(kStart).value_micros, -200'000);
  EXPECT_EQ(judged.LevelWith(), Level::kYellow);
}

TEST(PercentageChangeCondition, R38CountsTheDifferenceInPoints) {
  PercentageChange csat;
  csat.value = "survey.csat_90d";
  csat.baseline = "survey.csat_90d_before";
  csat.direction = Direction::kBelow;
  csat.absolute = true;
  csat.zero_baseline = BaselineBehaviour::kSkip;
  csat.missing_baseline = BaselineBehaviour::kSkip;
  csat.levels = {{.level = Level::kYellow, .fire_micros = -5 * kMicros, .inclusive = true}};
  Judged judged(for_tests::RuleOf("R38", csat));
  judged.With("survey.csat_90d_before", 90 * kMicros).With("survey.csat_90d", 85 * kMicros);
  EXPECT_EQ(judged.LevelWith(), Level::kYellow);
  EXPECT_EQ(judged.With("survey.csat_90d", 85 * kMicros + 1).LevelWith(), Level::kNone);
}

TEST(PercentageChangeCondition, ADifferenceKnowsUnjudgeableBaselinesToo) {
  PercentageChange change;
  change.value = "orders.count_90d";
  change.baseline = "orders.count_90d_before";
  change.direction = Direction::kBelow;
  change.absolute = true;
  change.zero_baseline = BaselineBehaviour::kSkip;
  change.missing_baseline = BaselineBehaviour::kSkip;
  change.minimum_baseline_micros = 3 * kMicros;
  change.levels = {{.level = Level::kYellow, .fire_micros = -kMicros, .inclusive = true}};
  Judged judged(for_tests::RuleOf("R39", change));
  judged.With("orders.count_90d", 0).With("orders.count_90d_before", 3 * kMicros);
  EXPECT_EQ(judged.LevelWith(), Level::kYellow);
  EXPECT_FALSE(judged.With("orders.count_90d_before", 3 * kMicros - 1).At(kStart).judged);
  change.minimum_baseline_micros = 0;
  Judged zero(for_tests::RuleOf("R39", change));
  zero.With("orders.count_90d", -2 * kMicros).With("orders.count_90d_before", 0);
  EXPECT_EQ(zero.At(kStart).reason, VerdictReason::kBaselineUnjudgeable);
}

TEST(AbsenceCondition, R02FiresOneMicrosecondPastSevenDays) {
  Judged judged(for_tests::R02());
  judged.With("decision_chain.last_moved", absl::ToUnixMicros(kStart));
  const absl::Time seven_days = kStart + absl::Hours(24 * 7);
  EXPECT_EQ(judged.At(seven_days).level, Level::kNone);
  EXPECT_EQ(judged.At(seven_days).recheck_at, seven_days + absl::Microseconds(1));
  EXPECT_EQ(judged.At(seven_days + absl::Microseconds(1)).level, Level::kYellow);
  EXPECT_EQ(judged.At(seven_days + absl::Seconds(1)).level, Level::kYellow);
  EXPECT_EQ(judged.At(seven_days + absl::Seconds(1)).recheck_at, absl::InfiniteFuture());
}

TEST(AbsenceCondition, ASubjectWithoutTheEventIsJudgedFromFirstSightOnlyWhereDeclared) {
  Rule rule = for_tests::R02();
  EXPECT_FALSE(Judged(rule).At(kStart + absl::Hours(24 * 8)).judged);
  std::get<Absence>(rule.condition).from_first_sight = true;
  EXPECT_EQ(Judged(rule).At(kStart + absl::Hours(24 * 7)).level, Level::kNone);
  EXPECT_EQ(Judged(rule).At(kStart + absl::Hours(24 * 7) + absl::Microseconds(1)).level,
            Level::kYellow);
}

}  // namespace
}  // namespace bellwether::alerts::condition_test
