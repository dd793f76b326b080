// Silences between the domain, protobuf and stored bytes.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_MESSAGES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "services/alerts/domain/silence.h"

namespace bellwether::alerts {

// "silences/x" → "x". INVALID_ARGUMENT / NAME_INVALID.
absl::StatusOr<std::string> SilenceIdOf(absl::string_view name);

// INVALID_ARGUMENT / LEVEL_INVALID, TIME_INVALID.
absl::StatusOr<SilenceMatchers> FromProto(const v1::SilenceMatchers& matchers);
// What a caller may say of a silence; OpenSilence judges it.
absl::StatusOr<Silence> FromProto(const v1::Silence& silence);

// Without what depends on when it is looked at.
v1::Silence ToProto(const Silence& silence);
// With it.
v1::Silence ToProto(const Silence& silence, absl::Time now, int64_t match_count);

std::string EncodeSilence(const Silence& silence);
absl::StatusOr<Silence> DecodeSilence(absl::string_view bytes);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_MESSAGES_H_
