// The shipped rules' shapes, for tests of the domain that must not read configuration.
#ifndef BELLWETHER_SERVICES_ALERTS_TESTING_RULES_H_
#define BELLWETHER_SERVICES_ALERTS_TESTING_RULES_H_

#include <string>
#include <utility>
#include <vector>

#include "services/alerts/domain/case.h"
#include "services/alerts/domain/rule.h"

namespace bellwether::alerts::for_tests {

inline const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

inline Rule RuleOf(std::string id, Condition condition) {
  Rule rule;
  rule.id = std::move(id);
  rule.version = 1;
  rule.scope = kAccount;
  rule.title = "Title";
  rule.title_zh = "标题";
  rule.text = "{subject}: {value} against {threshold} since {since}";
  rule.text_zh = "{subject}：{value}，阈值 {threshold}，自 {since}";
  rule.acknowledge_within = absl::Hours(24);
  rule.condition = std::move(condition);
  return rule;
}

inline Rule R13() {
  Threshold condition;
  condition.value = "health.score";
  condition.direction = Direction::kBelow;
  condition.minimum_confidence_micros = 500'000;
  condition.levels = {
      {.level = Level::kYellow, .fire_micros = 80'000'000, .clear_micros = 82'000'000},
      {.level = Level::kOrange, .fire_micros = 70'000'000, .clear_micros = 72'000'000},
      {.level = Level::kRed, .fire_micros = 60'000'000, .clear_micros = 62'000'000}};
  return RuleOf("R13", condition);
}

inline Rule R39() {
  PercentageChange condition;
  condition.value = "orders.count_90d";
  condition.baseline = "orders.count_90d_before";
  condition.direction = Direction::kBelow;
  condition.levels = {{.level = Level::kYellow,
                       .fire_micros = -150'000,
                       .inclusive = true,
                       .clear_micros = -100'000}};
  condition.zero_baseline = BaselineBehaviour::kSkip;
  condition.missing_baseline = BaselineBehaviour::kSkip;
  condition.minimum_baseline_micros = 3 * kMicros;
  return RuleOf("R39", condition);
}

inline Rule R02() {
  return RuleOf("R02", Absence{.value = "decision_chain.last_moved",
                               .longer_than = absl::Hours(24 * 7),
                               .level = Level::kYellow,
                               .from_first_sight = false});
}

inline CasePolicy Policy() {
  CasePolicy policy;
  policy.tier_weights = {{"strategic-partner", 60}, {"core", 30}, {"development", 10}};
  policy.other_tier_weight = 1;
  policy.escalation_chain = {{"account-manager"},
                             {"sales-director", "customer-success-director"},
                             {"executive-team"},
                             {"chief-executive"}};
  policy.first_rung = {0, 1, 2};
  policy.reopen_within = absl::Hours(72);
  return policy;
}

}  // namespace bellwether::alerts::for_tests

#endif  // BELLWETHER_SERVICES_ALERTS_TESTING_RULES_H_
