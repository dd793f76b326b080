#include "services/alerts/config.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/rule_messages.h"
#include "services/alerts/domain/condition.h"

namespace bellwether::alerts::config_test {
namespace {

using ::testing::HasSubstr;

RuleSet Shipped() { return *ToRuleSet(*LoadRules({})); }

TEST(ShippedRules, AreValidAndHaveTheFiguresOfTheCatalogue) {
  const RuleSet rules = Shipped();
  const auto& r13 = std::get<Threshold>(rules.Find("R13")->condition);
  ASSERT_EQ(r13.levels.size(), 3u);
  EXPECT_EQ(r13.levels[0].fire_micros, 80'000'000);
  EXPECT_EQ(r13.levels[1].fire_micros, 70'000'000);
  EXPECT_EQ(r13.levels[2].fire_micros, 60'000'000);
  EXPECT_FALSE(r13.levels[0].inclusive);
  EXPECT_EQ(r13.minimum_confidence_micros, 500'000);
  EXPECT_EQ(std::get<Absence>(rules.Find("R02")->condition).longer_than, absl::Hours(24 * 7));
  const auto& r38 = std::get<PercentageChange>(rules.Find("R38")->condition);
  EXPECT_TRUE(r38.absolute);
  EXPECT_EQ(r38.levels[0].fire_micros, -5'000'000);
  const auto& r39 = std::get<PercentageChange>(rules.Find("R39")->condition);
  EXPECT_EQ(r39.levels[0].fire_micros, -150'000);
  EXPECT_TRUE(r39.levels[0].inclusive);
  const auto& r45 = std::get<PercentageChange>(rules.Find("R45")->condition);
  EXPECT_EQ(r45.levels[0].level, Level::kRed);
  EXPECT_EQ(r45.levels[0].fire_micros, -200'000);
  const Labels none;
  const Attributes core{{"tier", "core"}}, development{{"tier", "development"}};
  EXPECT_TRUE(rules.Find("R45")->AppliesTo({core, none}));
  EXPECT_FALSE(rules.Find("R45")->AppliesTo({development, none}));
}

// What a shipped rule says of an account with these values; figures in units.
class ShippedRule {
 public:
  explicit ShippedRule(const std::string& id) : rules_(Shipped()), values_(scope().slots()) {
    for (const CompiledRule& rule : scope().rules()) {
      if (rule.rule.id == id) rule_ = &rule;
    }
  }

  ShippedRule& With(absl::string_view value, int64_t micros) {
    values_[scope().SlotOf(value)] = micros;
    return *this;
  }
  Level JudgedLevel(absl::string_view tier = "core", absl::Time now = kNow) const {
    const Attributes attributes{{"tier", tier}};
    const Labels labels;
    const Verdict verdict = Evaluate(
        *rule_, {{attributes, labels}, values_, kNow - absl::Hours(24 * 99)}, Level::kNone, now);
    return verdict.in_scope ? verdict.level : Level::kNone;
  }

  static inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

 private:
  const RuleScope& scope() const { return *rules_.ScopeOf(kAccount); }

  const RuleSet rules_;
  const CompiledRule* rule_ = nullptr;
  std::vector<std::optional<int64_t>> values_;
};

TEST(ShippedRules, R13FiresBelow80And70And60AndNotAtThem) {
  const auto at = [](int64_t micros) {
    return ShippedRule("R13")
        .With("health.score", micros)
        .With("health.confidence", 500'000)
        .JudgedLevel();
  };
  EXPECT_EQ(at(80'000'000), Level::kNone);
  EXPECT_EQ(at(79'999'999), Level::kYellow);
  EXPECT_EQ(at(70'000'000), Level::kYellow);
  EXPECT_EQ(at(69'999'999), Level::kOrange);
  EXPECT_EQ(at(60'000'000), Level::kOrange);
  EXPECT_EQ(at(59'999'999), Level::kRed);
}

// H3: under 50 % a score is not to be relied on.
TEST(ShippedRules, R13JudgesNoScoreUnderHalfItsConfidence) {
  ShippedRule rule("R13");
  rule.With("health.score", 10'000'000).With("health.confidence", 499'999);
  EXPECT_EQ(rule.JudgedLevel(), Level::kNone);
}

TEST(ShippedRules, R02FiresPastSevenDaysAndNotAtThem) {
  ShippedRule rule("R02");
  rule.With("decision_chain.last_moved", absl::ToUnixMicros(ShippedRule::kNow));
  const absl::Time seven_days = ShippedRule::kNow + absl::Hours(24 * 7);
  EXPECT_EQ(rule.JudgedLevel("core", seven_days), Level::kNone);
  EXPECT_EQ(rule.JudgedLevel("core", seven_days + absl::Microseconds(1)), Level::kYellow);
}

TEST(ShippedRules, R38FiresAtFivePointsDown) {
  const auto down = [](int64_t micros) {
    return ShippedRule("R38")
        .With("survey.csat_90d_before", 90'000'000)
        .With("survey.csat_90d", 90'000'000 - micros)
        .JudgedLevel();
  };
  EXPECT_EQ(down(4'999'999), Level::kNone);
  EXPECT_EQ(down(5'000'000), Level::kYellow);
}

TEST(ShippedRules, R39FiresAtFifteenPercentDownOfAtLeastThreeOrders) {
  const auto of = [](int64_t before, int64_t now) {
    return ShippedRule("R39")
        .With("orders.count_90d_before", before * kMicros)
        .With("orders.count_90d", now * kMicros)
        .JudgedLevel();
  };
  EXPECT_EQ(of(100, 86), Level::kNone);
  EXPECT_EQ(of(100, 85), Level::kYellow);
  EXPECT_EQ(of(3, 2), Level::kYellow);
  EXPECT_EQ(of(2, 0), Level::kNone) << "two orders are no frequency";
}

TEST(ShippedRules, R45FiresAtTwentyPercentDownForHighValueAccountsOnly) {
  const auto says = [](int64_t now, absl::string_view tier) {
    return ShippedRule("R45")
        .With("orders.value_90d_before", 1'000'000 * kMicros)
        .With("orders.value_90d", now * kMicros)
        .JudgedLevel(tier);
  };
  for (const char* tier : {"strategic-partner", "core"}) {
    EXPECT_EQ(says(800'001, tier), Level::kNone) << tier;
    EXPECT_EQ(says(800'000, tier), Level::kRed) << tier;
    EXPECT_EQ(says(0, tier), Level::kRed) << tier;
  }
  for (const char* tier : {"development", "potential", "maintenance", ""}) {
    EXPECT_EQ(says(0, tier), Level::kNone) << tier;
  }
}

TEST(ShippedPolicy, GivesRulesWhatTheyDoNotSay) {  // L3
  const RuleSet rules = *ToRuleSet(*LoadRules({}), DefaultsOf(*LoadPolicy({})));
  for (const char* rule : {"R39", "R45"}) {
    EXPECT_EQ(rules.Find(rule)->for_duration, absl::Minutes(1)) << rule << " compares windows";
    EXPECT_EQ(rules.Find(rule)->loss.value, "orders.value_90d") << rule;
  }
  EXPECT_EQ(rules.Find("R38")->for_duration, absl::ZeroDuration()) << "it says so itself";
  EXPECT_EQ(rules.Find("R13")->for_duration, absl::ZeroDuration()) << "it compares nothing";
  for (const CompiledRule& rule : rules.ScopeOf(kAccount)->rules()) {
    EXPECT_EQ(rule.rule.unjudged_kept, absl::Hours(24 * 7)) << rule.rule.id;
  }
}

TEST(ShippedPolicy, HasTheWeightsOfL1) {
  const CasePolicy policy = *ToPolicy(*LoadPolicy({}), absl::UTCTimeZone());
  EXPECT_EQ(policy.PriorityOf(Level::kRed, "strategic-partner"), 180);
  EXPECT_EQ(policy.PriorityOf(Level::kOrange, "core"), 60);
  EXPECT_EQ(policy.PriorityOf(Level::kYellow, "development"), 10);
  EXPECT_EQ(policy.escalation_chain[policy.first_rung[0]].front(), "account-manager");
  EXPECT_EQ(policy.escalation_chain[policy.first_rung[2]].front(), "executive-team");
}

TEST(Policy, SaysEverythingThatIsWrong) {
  v1::AlertPolicy policy;
  (*policy.mutable_tier_weights())["core"] = -1;
  const absl::Status status = ToPolicy(policy, absl::UTCTimeZone()).status();
  EXPECT_EQ(DetailOf(status)->reason, "POLICY_INVALID");
  for (const char* field : {"tier_weights.core", "escalation_chain", "duties"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(field));
  }
}

TEST(RuleFile, EveryProblemHasItsLine) {
  const absl::StatusOr<config::Document<v1::RuleSet>> document = config::ParseDocument<v1::RuleSet>(
      "rules:\n"
      "  - rule_id: X\n"
      "    version: 1\n"
      "  - rule_id: Y\n"
      "    version: -1\n",
      "r.yaml");
  ASSERT_TRUE(document.ok()) << document.status();
  const absl::Status status = ToRuleSet(document->message, {}, &document->lines).status();
  EXPECT_EQ(DetailOf(status)->rule, "L2");
  EXPECT_THAT(std::string(status.message()), HasSubstr("r.yaml:2:5: X: scope: is missing"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("r.yaml:5:5: Y: version: must be positive"));
}

// A10: a tier that no account has would never be judged, or weigh nothing.
TEST(RuleFile, TiersThatNoAccountHasAreRefusedByLine) {
  const auto document = config::ParseDocument<v1::RuleSet>(
      "rules:\n"
      "  - rule_id: X\n"
      "    version: 1\n"
      "    scope: account\n"
      "    where: [{attribute: region, values: [north]}]\n"
      "    tiers: [core, bogus]\n",
      "r.yaml");
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_THAT(
      std::string(ToRuleSet(document->message, {}, &document->lines).status().message()),
      HasSubstr("r.yaml:6:5: X: tiers: 'bogus' is none of: strategic-partner, core, development, "
                "potential, maintenance"));
  v1::AlertPolicy policy = *LoadPolicy({});
  (*policy.mutable_tier_weights())["strategic"] = 60;
  EXPECT_THAT(std::string(ToPolicy(policy, absl::UTCTimeZone()).status().message()),
              HasSubstr("tier_weights.strategic: is none of: strategic-partner, core"));
}

class WebhookFileTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  absl::StatusOr<std::vector<WebhookTarget>> Load(const std::string& text) {
    AlertsConfig config;
    config.webhooks_file = Write("webhooks.yaml", text);
    return LoadWebhooks(config);
  }

  const std::string directory_ =
      std::filesystem::temp_directory_path() / ("alerts-config-" + NewUuid());
};

TEST_F(WebhookFileTest, ReadsTargetsWithTheirSecrets) {
  const std::string secret = Write("secret", "0123456789abcdef\nnot this line\n");
  const auto targets = Load(
      "targets:\n  - {name: ops, url: 'https://example.com/hook', minimum_level: orange, "
      "secret_file: " +
      secret + "}\n");
  ASSERT_TRUE(targets.ok()) << targets.status();
  EXPECT_EQ((*targets)[0].secret, "0123456789abcdef");
  EXPECT_TRUE((*targets)[0].url.tls);
  EXPECT_EQ((*targets)[0].notification.minimum_level, Level::kOrange);
}

TEST_F(WebhookFileTest, RefusesWeakSecretsAndNamesUsedTwice) {
  const std::string weak = Write("weak", "short\n");
  const std::string good = Write("good", "0123456789abcdef\n");
  EXPECT_FALSE(
      Load("targets:\n  - {name: ops, url: 'http://a', secret_file: " + weak + "}\n").ok());
  const std::string line = "  - {name: ops, url: 'http://a', secret_file: " + good + "}\n";
  EXPECT_THAT(std::string(Load("targets:\n" + line + line).status().message()),
              HasSubstr("webhooks.yaml:3:6: targets[1].name: two webhooks"));
}

TEST(Alertmanagers, AreTheBaseAddressesOfTheConfiguration) {
  AlertsConfig config;
  EXPECT_TRUE(ParseAlertmanagers(config)->empty());
  config.alertmanager_url = "http://127.0.0.1:9093, https://alerts.example/am/";
  const auto urls = *ParseAlertmanagers(config);
  ASSERT_EQ(urls.size(), 2u);
  EXPECT_EQ(urls[0].port, "9093");
  EXPECT_EQ(urls[0].target, "/api/v2/alerts");
  EXPECT_TRUE(urls[1].tls);
  EXPECT_EQ(urls[1].target, "/am/api/v2/alerts");
  for (const char* wrong : {"127.0.0.1:9093", "http://a:1,http://a:1/x", "http://user@a"}) {
    config.alertmanager_url = wrong;
    EXPECT_TRUE(absl::IsInvalidArgument(ParseAlertmanagers(config).status())) << wrong;
  }
}

}  // namespace
}  // namespace bellwether::alerts::config_test
