// The body of a POST to Alertmanager's /api/v2/alerts.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTMANAGER_MESSAGES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTMANAGER_MESSAGES_H_

#include <string>

#include "absl/types/span.h"
#include "services/alerts/domain/alert_roster.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// Labels are what an alert is known by there and never change while it lasts: alertname (the rule),
// severity (the level), alert_id, subject_type, subject. All that is for people, and may change, is
// an annotation.
std::string AlertmanagerMessage(absl::Span<const Listing> listings, const CasePolicy& policy);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTMANAGER_MESSAGES_H_
