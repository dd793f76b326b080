#include "common/config/yaml_message.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/alerts/v1/rule.pb.h"
#include "bellwether/health/v1/model.pb.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::config::yaml_message_test {
namespace {

using ::bellwether::alerts::v1::RuleSet;
using ::bellwether::health::v1::HealthModel;
using ::bellwether::health::v1::MetricCatalogue;
using ::testing::HasSubstr;

template <typename Message>
absl::StatusOr<Message> Read(absl::string_view text) {
  Message message;
  Problems problems;
  ReadYaml(text, "f.yaml", message, problems);
  if (!problems.empty()) return problems.ToStatus();
  return message;
}

template <typename Message>
std::string ProblemsOf(absl::string_view text) {
  return std::string(Read<Message>(text).status().message());
}

constexpr char kRule[] = R"(
rules:
  - rule_id: R13
    version: 2
    scope: account
    tiers: [strategic, core]
    for_duration: 36h
    acknowledge_within: 7d
    threshold:
      value: health.score
      direction: below
      levels:
        - {level: yellow, fire: 80, clear: 82.5, fire_by_tier: {strategic: 85, core: 0.1}}
        - {level: LEVEL_RED, fire_micros: 60000000, inclusive: true}
)";

TEST(ReadYaml, ReadsEnumsByShortNameDurationsAndExactDecimals) {
  const absl::StatusOr<RuleSet> rules = Read<RuleSet>(kRule);
  ASSERT_TRUE(rules.ok()) << rules.status();
  const auto& rule = rules->rules(0);
  EXPECT_EQ(rule.rule_id(), "R13");
  EXPECT_EQ(rule.version(), 2);
  EXPECT_EQ(rule.scope(), bellwether::events::v1::SUBJECT_TYPE_ACCOUNT);
  EXPECT_EQ(rule.tiers_size(), 2);
  EXPECT_EQ(rule.for_duration().seconds(), 36 * 3600);
  EXPECT_EQ(rule.acknowledge_within().seconds(), 7 * 86400);
  ASSERT_EQ(rule.threshold().levels_size(), 2);
  EXPECT_EQ(rule.threshold().direction(), bellwether::alerts::v1::DIRECTION_BELOW);
  const auto& yellow = rule.threshold().levels(0);
  EXPECT_EQ(yellow.fire_micros(), 80'000'000);
  EXPECT_EQ(yellow.clear_micros(), 82'500'000);
  EXPECT_EQ(yellow.fire_micros_by_tier().at("core"), 100'000);
  EXPECT_EQ(rule.threshold().levels(1).level(), bellwether::alerts::v1::LEVEL_RED);
  EXPECT_EQ(rule.threshold().levels(1).fire_micros(), 60'000'000);
  EXPECT_FALSE(rule.threshold().levels(1).has_clear_micros());
}

TEST(ReadYaml, ReportsEveryProblemWithFileLineAndField) {
  const absl::StatusOr<RuleSet> rules = Read<RuleSet>(R"(rules:
  - rule_id: R13
    verison: 2
    scope: planet
    version: two
    for_duration: 36 hours
    threshold:
      levels:
        - {level: yellow, fire: high}
)");
  ASSERT_EQ(rules.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(rules.status())->reason, "CONFIG_INVALID");
  EXPECT_EQ(DetailOf(rules.status())->field, "rules[0].verison");
  const std::string text(rules.status().message());
  EXPECT_THAT(text, HasSubstr("f.yaml:3:5: rules[0].verison: unknown key; known are rule_id, "));
  EXPECT_THAT(text, HasSubstr("f.yaml:4:12: rules[0].scope: \"planet\" is none of account, "));
  EXPECT_THAT(text, HasSubstr("f.yaml:5:14: rules[0].version: \"two\" is not an integer"));
  EXPECT_THAT(text,
              HasSubstr("f.yaml:6:19: rules[0].for_duration: \"36 hours\" is not a duration"));
  EXPECT_THAT(text,
              HasSubstr("f.yaml:9:33: rules[0].threshold.levels[0].fire: \"high\" is not a "));
}

TEST(ReadYaml, RefusesNumbersOutOfRange) {
  EXPECT_THAT(ProblemsOf<MetricCatalogue>("metrics: [{window_days: 2147483648}]"),
              HasSubstr("f.yaml:1:25: metrics[0].window_days: 2147483648 is out of range"));
  EXPECT_TRUE(Read<MetricCatalogue>("metrics: [{window_days: 2147483647}]").ok());
  EXPECT_THAT(ProblemsOf<MetricCatalogue>("metrics: [{materiality: 9223372036855}]"),
              HasSubstr("is out of range"));
}

TEST(ReadYaml, RefusesWrongShapes) {
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: R13"), HasSubstr("rules: must be a list"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [R13]"), HasSubstr("rules[0]: must be a mapping"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [{rule_id: [R13]}]"),
              HasSubstr("rules[0].rule_id: must be a single value"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [{disabled: yes}]"),
              HasSubstr("rules[0].disabled: must be true or false"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [{version: \"2\"}]"), HasSubstr("is not an integer"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [{rule_id: }]"), HasSubstr("has no value"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [{scope: unspecified}]"), HasSubstr("is none of"));
}

TEST(ReadYaml, RefusesTheSameFieldTwiceUnderEitherName) {
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [{rule_id: R1, rule_id: R2}]"),
              HasSubstr("rules[0].rule_id: is given twice"));
  EXPECT_THAT(ProblemsOf<MetricCatalogue>("metrics: [{materiality: 1, materiality_micros: 1}]"),
              HasSubstr("metrics[0].materiality_micros: is given twice"));
}

TEST(ReadYaml, RefusesTwoMembersOfAOneof) {
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: [{threshold: {value: a}, absence: {value: a}}]"),
              HasSubstr("rules[0].absence: only one condition can be given"));
}

TEST(ReadYaml, RefusesTextThatIsNotYamlWithItsLine) {
  EXPECT_THAT(ProblemsOf<RuleSet>("rules:\n  - {rule_id: R1\n"), HasSubstr("f.yaml:"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules:\n  - {rule_id: R1\n"), HasSubstr("is not YAML"));
  EXPECT_THAT(ProblemsOf<RuleSet>(""), HasSubstr("exactly one YAML document"));
  EXPECT_THAT(ProblemsOf<RuleSet>("rules: []\n---\nrules: []\n"),
              HasSubstr("exactly one YAML document"));
}

TEST(ReadYaml, NotesWhereFieldsStandForLaterChecks) {
  HealthModel model;
  Problems problems;
  SourceMap lines;
  ReadYaml("model_id: m\ndimensions:\n  - dimension_id: a\n    weight: 0.2\n", "f.yaml", model,
           problems, &lines);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(model.dimensions(0).weight_micros(), 200'000);
  EXPECT_EQ(lines.PlaceOf("dimensions[0].weight"), "f.yaml:4:5");
  EXPECT_EQ(lines.PlaceOf("dimensions[0].metrics[3].curve"), "f.yaml:3:5");
  EXPECT_EQ(lines.PlaceOf("bands"), "f.yaml");
}

TEST(ReadYaml, CountsColumnsInCharacters) {
  EXPECT_THAT(ProblemsOf<MetricCatalogue>("metrics: [{title: \"年订单数\", window: 1}]"),
              HasSubstr("f.yaml:1:27: metrics[0].window: unknown key"));
}

TEST(Problems, ShowAsManyAsTheLimitAndCountTheRest) {
  Problems problems;
  for (size_t i = 0; i < kProblemsShownMax + 3; ++i) problems.Add({"f:1", "x", "is wrong"});
  EXPECT_THAT(std::string(problems.ToStatus().message()), HasSubstr("\nand 3 more"));
}

TEST(LoadYaml, NamesAFileThatCannotBeRead) {
  const auto rules = LoadYaml<RuleSet>(absl::StrCat(::testing::TempDir(), "/absent.yaml"));
  EXPECT_EQ(rules.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(rules.status().message()), HasSubstr("absent.yaml"));
}

TEST(LoadYaml, RefusesAFileOverTheLimit) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/large.yaml");
  std::ofstream(path) << std::string(kFileBytesMax + 1, '#');
  EXPECT_EQ(DetailOf(LoadYaml<RuleSet>(path).status())->reason, "FILE_TOO_LARGE");
}

TEST(ReadYaml, RefusesBytesThatAreNoUtf8WithTheirLine) {
  HealthModel model;
  Problems problems;
  ReadYaml("model_id: m\n# caf\xE9\n", "f.yaml", model, problems);
  ASSERT_EQ(problems.all().size(), 1);
  EXPECT_EQ(problems.all()[0].place, "f.yaml:2");
  EXPECT_EQ(problems.all()[0].message, "is not UTF-8 text");
}

TEST(ReadYaml, CountsWhatAnAliasStandsForEachTime) {
  const auto rules = [](int count) {
    std::string text = "rules:\n  - {rule_id: R, tiers: &t [core";
    for (int i = 1; i < 1'000; ++i) text += ", core";
    text += "]}\n";
    for (int i = 1; i < count; ++i) text += "  - {rule_id: R, tiers: *t}\n";
    return text;
  };
  const auto read = Read<RuleSet>(rules(199));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->rules(198).tiers_size(), 1'000);
  const std::string problems = ProblemsOf<RuleSet>(rules(10'000));
  EXPECT_THAT(problems, HasSubstr("the file holds more than 200000 values"));
  EXPECT_LT(problems.size(), 500u) << "it is said once";
}

}  // namespace
}  // namespace bellwether::config::yaml_message_test
