// Alerts and what moves them between the domain and protobuf.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_MESSAGES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "bellwether/events/v1/signal.pb.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/condition_state.h"

namespace bellwether::alerts {

// "alerts/R13.acme.1" → "R13.acme.1". INVALID_ARGUMENT / NAME_INVALID.
absl::StatusOr<std::string> AlertIdOf(absl::string_view name);

// The alert as people see it, without its timeline.
v1::Alert ToAlert(const Case& alert, const CasePolicy& policy);
// What of it follows from the case alone: without etag and responsible roles.
void FillAlert(const Case& from, v1::Alert& out);

v1::TimelineEntry ToProto(const TimelineEntry& entry);
void ToProto(const Cause& cause, events::v1::Cause& out);

// What a webhook is sent.
absl::StatusOr<std::string> NotificationBody(const v1::AlertChanged& change);

Cause FromProto(const events::v1::Cause& cause);
RestatedValue FromProto(const std::string& name, const events::v1::RestatedSpan& span);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_MESSAGES_H_
