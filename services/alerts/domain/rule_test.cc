#include "services/alerts/domain/rule.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::rule_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> FieldsOf(const std::vector<RuleProblem>& problems) {
  std::vector<std::string> fields;
  for (const RuleProblem& problem : problems) fields.push_back(problem.field);
  return fields;
}

Threshold& ThresholdOf(Rule& rule) { return std::get<Threshold>(rule.condition); }

TEST(RuleValidation, AcceptsTheShippedShapes) {
  EXPECT_THAT(ValidateRules({for_tests::R02(), for_tests::R13(), for_tests::R39()}), IsEmpty());
}

TEST(RuleValidation, ReportsEveryProblemWithRuleAndField) {
  Rule first = for_tests::R13();
  first.version = 0;
  first.title_zh.clear();
  Rule second = for_tests::R39();
  std::get<PercentageChange>(second.condition).zero_baseline = BaselineBehaviour::kUnspecified;
  const std::vector<RuleProblem> problems = ValidateRules({first, second});
  EXPECT_THAT(FieldsOf(problems),
              ElementsAre("version", "title_zh", "percentage_change.zero_baseline"));
  EXPECT_EQ(problems[0].rule_id, "R13");
  EXPECT_EQ(problems[2].rule_id, "R39");
}

TEST(RuleValidation, WantsLaterLevelsFurtherOut) {
  Rule rule = for_tests::R13();
  ThresholdOf(rule).levels[1].fire_micros = 80'000'000;
  ThresholdOf(rule).levels[1].clear_micros = 82'000'000;
  EXPECT_THAT(FieldsOf(ValidateRules({rule})), ElementsAre("threshold.levels[1].fire_micros"));
}

TEST(RuleValidation, WantsTheOrderKeptForTiersOverriddenInOneLevelOnly) {
  Rule rule = for_tests::R13();
  ThresholdOf(rule).levels[0].override_attribute = "grade";
  ThresholdOf(rule).levels[0].fire_micros_by_value["A"] = 69'000'000;
  EXPECT_THAT(FieldsOf(ValidateRules({rule})),
              Contains("threshold.levels[1].fire_override.grade.A"));
}

TEST(RuleValidation, WantsOneAttributeForTheOverridesOfARule) {
  Rule rule = for_tests::R13();
  for (const size_t level : {0, 2}) {
    ThresholdOf(rule).levels[level].override_attribute = level == 0 ? "grade" : "region";
    ThresholdOf(rule).levels[level].fire_micros_by_value["A"] =
        ThresholdOf(rule).levels[level].fire_micros;
  }
  EXPECT_THAT(FieldsOf(ValidateRules({rule})),
              ElementsAre("threshold.levels[2].fire_override.attribute"));
  ThresholdOf(rule).levels[2].override_attribute = "grade";
  EXPECT_THAT(ValidateRules({rule}), IsEmpty());
}

TEST(RuleValidation, WantsAScopeAndMatchersThatCanHold) {
  Rule rule = for_tests::R13();
  rule.scope.clear();
  rule.where = {{"Grade", {"A"}}, {"grade", {}}};
  EXPECT_THAT(FieldsOf(ValidateRules({rule})),
              ElementsAre("scope", "where[0].attribute", "where[1].values"));
}

// A10: such a rule would be silent for ever.
TEST(RuleValidation, RefusesTiersThatNoAccountHasAndNamesThoseThereAre) {
  Rule rule = for_tests::R13();
  rule.where = {{"tier", {"core", "gold"}}};
  for (LevelThreshold& level : ThresholdOf(rule).levels) {
    level.override_attribute = "tier";
    level.fire_micros_by_value["Strategic"] = level.fire_micros;
  }
  const std::vector<RuleProblem> problems = ValidateRules({rule});
  EXPECT_THAT(
      FieldsOf(problems),
      ElementsAre("where[0].values", "threshold.levels[0].fire_override",
                  "threshold.levels[1].fire_override", "threshold.levels[2].fire_override"));
  EXPECT_EQ(problems[0].message,
            "'gold' is none of: strategic-partner, core, development, potential, maintenance");
  rule.scope = "contract";
  EXPECT_THAT(ValidateRules({rule}), IsEmpty()) << "another subject's tier is its owner's word";
}

TEST(RuleValidation, RefusesAClearThresholdOnTheFiringSide) {
  Rule rule = for_tests::R13();
  ThresholdOf(rule).levels[0].clear_micros = 79'999'999;
  EXPECT_THAT(FieldsOf(ValidateRules({rule})), Contains("threshold.levels[0].clear_micros"));
  ThresholdOf(rule).levels[0].clear_micros = 80'000'000;
  ThresholdOf(rule).levels[1].clear_micros = 70'000'000;
  ThresholdOf(rule).levels[2].clear_micros = 60'000'000;
  EXPECT_THAT(ValidateRules({rule}), IsEmpty());
}

TEST(RuleValidation, RefusesALevelThatWouldClearLaterThanAMilderOne) {
  Rule rule = for_tests::R13();
  ThresholdOf(rule).levels[1].clear_micros = 82'000'001;
  EXPECT_THAT(FieldsOf(ValidateRules({rule})), ElementsAre("threshold.levels[1].fire_micros"));
}

TEST(RuleValidation, BoundsTheForDuration) {
  Rule rule = for_tests::R13();
  rule.for_duration = kForDurationMax;
  EXPECT_THAT(ValidateRules({rule}), IsEmpty());
  rule.for_duration = kForDurationMax + absl::Microseconds(1);
  EXPECT_THAT(FieldsOf(ValidateRules({rule})), ElementsAre("for_duration"));
  rule.for_duration = -absl::Microseconds(1);
  EXPECT_THAT(FieldsOf(ValidateRules({rule})), ElementsAre("for_duration"));
}

TEST(RuleValidation, RefusesAnIdUsedTwiceAndNamesThatAreNone) {
  Rule rule = for_tests::R13();
  Rule named_badly = for_tests::R13();
  named_badly.id = "R 13";
  ThresholdOf(named_badly).value = "Health Score";
  EXPECT_THAT(FieldsOf(ValidateRules({rule, rule, named_badly})),
              ElementsAre("rule_id", "rule_id", "threshold.value"));
}

TEST(RuleValidation, RefusesAFullChangeOfADifference) {
  Rule rule = for_tests::R39();
  auto& change = std::get<PercentageChange>(rule.condition);
  change.absolute = true;
  change.zero_baseline = BaselineBehaviour::kFullChange;
  EXPECT_THAT(FieldsOf(ValidateRules({rule})), ElementsAre("percentage_change.zero_baseline"));
}

TEST(RuleValidation, RefusesFiguresThatCouldOverflow) {
  Rule rule = for_tests::R13();
  ThresholdOf(rule).levels[0].fire_micros = INT64_MIN;
  EXPECT_THAT(FieldsOf(ValidateRules({rule})), ElementsAre("threshold.levels"));
}

TEST(RuleValidation, WantsACondition) {
  EXPECT_THAT(FieldsOf(ValidateRules({for_tests::RuleOf("R1", std::monostate())})),
              ElementsAre("condition"));
}

TEST(RuleSet, SortsLeavesOutDisabledRulesAndResolvesValues) {
  Rule disabled = for_tests::R39();
  disabled.disabled = true;
  const RuleSet rules({for_tests::R13(), disabled, for_tests::R02()});
  const RuleScope& scope = *rules.ScopeOf(kAccount);
  ASSERT_THAT(scope.rules(), SizeIs(2));
  EXPECT_EQ(scope.rules()[0].rule.id, "R02");
  EXPECT_EQ(scope.NameOf(scope.rules()[1].value_slot), "health.score");
  EXPECT_EQ(scope.NameOf(scope.rules()[1].confidence_slot), "health.confidence");
  EXPECT_EQ(scope.SlotOf("orders.count_90d"), -1);
  EXPECT_EQ(rules.Find("R39"), nullptr);
  EXPECT_EQ(rules.Find("R13")->id, "R13");
}

TEST(RuleSet, KeepsTheRulesOfEachTypeOfSubjectsApart) {
  Rule of_contracts = for_tests::R39();
  of_contracts.scope = "contract";
  of_contracts.where = {{"grade", {"A"}}};
  const RuleSet rules({for_tests::R13(), of_contracts});
  EXPECT_EQ(rules.size(), 2u);
  EXPECT_THAT(rules.ScopeOf(kAccount)->rules(), SizeIs(1));
  const RuleScope& contracts = *rules.ScopeOf("contract");
  EXPECT_THAT(contracts.rules(), SizeIs(1));
  EXPECT_EQ(contracts.SlotOf("health.score"), -1);
  EXPECT_TRUE(contracts.ReadsLabel("grade"));
  EXPECT_FALSE(contracts.ReadsLabel("quadrant"));
  EXPECT_EQ(rules.ScopeOf("milestone"), nullptr);
  EXPECT_EQ(rules.Find("R39")->scope, "contract");
}

TEST(SubjectKey, IsTheIdOfAnAccountAndNamesTheTypeOfEveryOtherSubject) {
  EXPECT_EQ(SubjectKey(kAccount, "acme"), "acme");
  EXPECT_EQ(SubjectKey("opportunity", "o7"), "opportunity~o7");
  EXPECT_EQ(IdOfSubjectKey("acme"), "acme");
  EXPECT_EQ(IdOfSubjectKey("opportunity~o7"), "o7");
}

TEST(RuleSet, FingerprintFollowsConditionsNotTexts) {
  Rule rule = for_tests::R13();
  const uint64_t before = RuleSet({rule}).fingerprint();
  rule.text = "other words";
  EXPECT_EQ(RuleSet({rule}).fingerprint(), before);
  ThresholdOf(rule).levels[2].fire_micros -= 1;
  EXPECT_NE(RuleSet({rule}).fingerprint(), before);
}

}  // namespace
}  // namespace bellwether::alerts::rule_test
