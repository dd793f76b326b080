// The rows of the alerts service: domain states to protobuf and back.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_STATE_CODEC_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_STATE_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "bellwether/alerts/v1/storage.pb.h"
#include "bellwether/events/v1/signal.pb.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/subject.h"

namespace bellwether::alerts {

// Only readable with a rule set of the same fingerprint.
std::string EncodeSubject(const SubjectState& state);
// DATA_LOSS for bytes EncodeSubject did not write.
absl::StatusOr<SubjectState> DecodeSubject(absl::string_view bytes, const RuleSet& rules);

std::string EncodeCase(const Case& alert);
absl::StatusOr<Case> DecodeCase(absl::string_view bytes);

// The alert as people see it, without its timeline.
v1::Alert ToAlert(const Case& alert, const CasePolicy& policy);

v1::TimelineEntry ToProto(const TimelineEntry& entry);

// What a webhook is sent.
absl::StatusOr<std::string> NotificationBody(const v1::AlertChanged& change);

Cause FromProto(const events::v1::Cause& cause);
RestatedValue FromProto(const std::string& name, const events::v1::RestatedSpan& span);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_STATE_CODEC_H_
