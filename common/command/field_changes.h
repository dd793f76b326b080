// What a command changed, field by field, for people.
#ifndef BELLWETHER_COMMON_COMMAND_FIELD_CHANGES_H_
#define BELLWETHER_COMMON_COMMAND_FIELD_CHANGES_H_

#include <vector>

#include "bellwether/audit/v1/audit.pb.h"
#include "google/protobuf/message.h"

namespace bellwether::command {

// Bytes of a value that are kept; what is cut off is said.
inline constexpr size_t kAuditValueBytesMax = 1'024;

// The fields of a resource in which `after` differs from `before`, in the order of their numbers;
// null: there was none. What only follows from there having been a change is left out: the fields
// `etag` and `update_time`.
std::vector<audit::v1::FieldChange> FieldChanges(const google::protobuf::Message* before,
                                                 const google::protobuf::Message& after);

}  // namespace bellwether::command

#endif  // BELLWETHER_COMMON_COMMAND_FIELD_CHANGES_H_
