// The states of the alerts service as the bytes of its rows, and back.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_STATE_CODEC_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_STATE_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/condition_state.h"
#include "services/alerts/domain/subject.h"

namespace bellwether::alerts {

// Only readable with a rule set of the same fingerprint.
std::string EncodeSubject(const SubjectState& state);
// DATA_LOSS for bytes EncodeSubject did not write.
absl::StatusOr<SubjectState> DecodeSubject(absl::string_view bytes, const RuleSet& rules);

std::string EncodeCase(const Case& alert);
absl::StatusOr<Case> DecodeCase(absl::string_view bytes);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_STATE_CODEC_H_
