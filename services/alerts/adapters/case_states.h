// The states of cases as SQL. Constants, no parameters: only so are the partial indexes used that
// the migrations declare in the same words.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_CASE_STATES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_CASE_STATES_H_

#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// Not resolved.
inline constexpr char kIsOpen[] = "alert_cases.state <> 4";
inline constexpr char kIsResolved[] = "alert_cases.state = 4";
static_assert(static_cast<int>(CaseState::kResolved) == 4);

// Firing or acknowledged, and not of a backfill.
inline constexpr char kIsFiring[] =
    "alert_cases.state <> 4 AND alert_cases.state <> 1 AND alert_cases.backfill = 0";
static_assert(static_cast<int>(CaseState::kPending) == 1);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_CASE_STATES_H_
