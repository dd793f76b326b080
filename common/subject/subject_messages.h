// What a subject says of itself, between its messages and plain data.
#ifndef BELLWETHER_COMMON_SUBJECT_SUBJECT_MESSAGES_H_
#define BELLWETHER_COMMON_SUBJECT_SUBJECT_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/subject.pb.h"
#include "common/subject/attributes.h"
#include "google/protobuf/message.h"

namespace bellwether {

inline constexpr size_t kSubjectValuesMax = 64;
inline constexpr size_t kValueNameBytesMax = 128;
inline constexpr size_t kLabelBytesMax = 1'024;

// The whole set, wherever in the message each attribute stands.
Attributes AttributesOf(const events::v1::SubjectAttributes& message);
Attributes AttributesOf(const google::protobuf::Map<std::string, std::string>& attributes);
// Replaces what the message holds.
void SetAttributes(const Attributes& attributes, events::v1::SubjectAttributes& message);

// For those who publish: a value each. An empty label and an amount that 10⁻⁶ cannot hold are no
// data.
void AddFigure(events::v1::SubjectChanged& changed, absl::string_view name, int64_t whole_units);
void AddInstant(events::v1::SubjectChanged& changed, absl::string_view name, absl::Time instant);
void AddLabel(events::v1::SubjectChanged& changed, absl::string_view name, absl::string_view label);
void SetSnapshot(events::v1::SubjectChanged& changed, const google::protobuf::Message& snapshot);

// INVALID_ARGUMENT with the field at fault for what breaks the message's own rules.
absl::Status CheckSubject(const events::v1::SubjectChanged& changed);

// "opportunity.amount": 1–128 characters of [a-z0-9._-].
bool IsValueName(absl::string_view name);

// Bytes that are the same for the same content: maps in the order of their keys.
std::string SerializedInOrder(const google::protobuf::Message& message);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_SUBJECT_SUBJECT_MESSAGES_H_
