// The bounds that a message declares of its fields (proto/bellwether/type/v1/bounds.proto).
#ifndef BELLWETHER_COMMON_BOUNDS_MESSAGE_RULES_H_
#define BELLWETHER_COMMON_BOUNDS_MESSAGE_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/bounds/field_rule.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace bellwether::bounds {

// Of one type of message: its fields are numbers, texts, enums, truths, instants and amounts, and
// lists of texts. Immutable, thread-safe.
class MessageRules {
 public:
  struct Field {
    const google::protobuf::FieldDescriptor* descriptor = nullptr;
    FieldRule rule;
    const google::protobuf::FieldDescriptor* at_most = nullptr;  // no greater than this field …
    bool zero_is_unknown = false;                                // … unless that is 0
    const google::protobuf::FieldDescriptor* where = nullptr;    // `most_where` if this enum …
    int where_value = 0;                                         // … is this
    int64_t most_where = 0;
  };

  // Refusals name fields as `path`.<field> and `rule_id`. A declaration that says too little (an
  // integer without bounds) or names what is not there is a programmer's error.
  MessageRules(const google::protobuf::Descriptor& type, absl::string_view path,
               absl::string_view rule_id);

  // OK, or the first field that holds what it may not: INVALID_ARGUMENT with reason, path and rule.
  absl::Status Check(const google::protobuf::Message& message) const;

  absl::Span<const Field> fields() const { return fields_; }

 private:
  absl::Status CheckField(const google::protobuf::Message& message, const Field& field) const;
  absl::Status CheckTogether(const google::protobuf::Message& message) const;

  const std::string path_;
  const std::string rule_id_;
  const bool needs_a_figure_;
  std::vector<Field> fields_;
};

}  // namespace bellwether::bounds

#endif  // BELLWETHER_COMMON_BOUNDS_MESSAGE_RULES_H_
