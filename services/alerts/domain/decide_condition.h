// What a change of a condition does to its case: the part of Decide that judgement takes part in.
// Pure.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_CONDITION_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_CONDITION_H_

#include <optional>

#include "services/alerts/domain/decide.h"

namespace bellwether::alerts {

// `moves`: the change is the first from under another key than the case's.
Decision DecideOnCondition(const CasePolicy& policy, const std::optional<Case>& current,
                           const ConditionMoved& event, bool moves);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_CONDITION_H_
