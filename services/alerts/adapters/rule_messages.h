// Rules and policy: protobuf (as configured) to domain.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_RULE_MESSAGES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_RULE_MESSAGES_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/policy.pb.h"
#include "bellwether/alerts/v1/rule.pb.h"
#include "common/config/problems.h"
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

// INVALID_ARGUMENT / RULES_INVALID with every problem on a line "place: rule: field: message" (L2);
// without `lines` nothing is known of places.
absl::StatusOr<RuleSet> ToRuleSet(const v1::RuleSet& rules, const RuleDefaults& defaults = {},
                                  const config::SourceMap* lines = nullptr);

// INVALID_ARGUMENT / POLICY_INVALID with every problem on a line "place: field: message" (L1).
absl::StatusOr<CasePolicy> ToPolicy(const v1::AlertPolicy& policy, absl::TimeZone zone,
                                    const config::SourceMap* lines = nullptr);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_RULE_MESSAGES_H_
