// Rules and policy: protobuf (as configured) to domain.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_RULE_CODEC_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_RULE_CODEC_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/policy.pb.h"
#include "bellwether/alerts/v1/rule.pb.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/rule.h"

namespace bellwether::alerts {

// The policy's figures for rules that do not have their own.
struct RuleDefaults {
  absl::Duration unjudged_kept = absl::InfiniteDuration();
  absl::Duration comparison_for;
};
RuleDefaults DefaultsOf(const v1::AlertPolicy& policy);

Rule ToRule(const v1::AlertRule& rule, const RuleDefaults& defaults = {});

// INVALID_ARGUMENT / RULES_INVALID with every problem on a line "rule: field: message" (L2).
absl::StatusOr<RuleSet> ToRuleSet(const v1::RuleSet& rules, const RuleDefaults& defaults = {});

// INVALID_ARGUMENT / POLICY_INVALID with every problem on a line.
absl::StatusOr<CasePolicy> ToPolicy(const v1::AlertPolicy& policy, absl::TimeZone zone);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_RULE_CODEC_H_
