// Reads YAML into protobuf messages, strictly.
//
//   rules:
//     - rule_id: R13
//       scope: account                   # SUBJECT_TYPE_ACCOUNT: the short name of the enum value
//       for_duration: 36h                # google.protobuf.Duration: 7d, 36h, 1h30m, 90s, 500ms
//       threshold:
//         direction: below
//         levels:
//           - {level: yellow, fire: 80}  # fire_micros = 80 000 000, exactly: no floating point
//             fire_by_tier: {core: 75.5} # fire_micros_by_tier
//
// A field whose name has the part `_micros` is written as a decimal number under the name without
// it, or as the integer itself under its full name. Timestamps are RFC 3339. Unknown or repeated
// keys, wrong types, numbers out of range, two members of a oneof: all are reported, together, each
// with file, line, column and field.
#ifndef BELLWETHER_COMMON_CONFIG_YAML_MESSAGE_H_
#define BELLWETHER_COMMON_CONFIG_YAML_MESSAGE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/config/problems.h"
#include "google/protobuf/message.h"

namespace bellwether::config {

inline constexpr size_t kFileBytesMax = 4 << 20;
inline constexpr int kYamlDepthMax = 32;

// Reads one document into `message` (merged into what it holds). `file` is only named in problems.
// Where the fields stand is noted in `lines` if given.
void ReadYaml(absl::string_view text, absl::string_view file, google::protobuf::Message& message,
              Problems& problems, SourceMap* lines = nullptr);

// The whole file, at most kFileBytesMax. NOT_FOUND, or INVALID_ARGUMENT for a file that is too
// large.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// ReadFile and ReadYaml in one; file and problems in one status.
absl::Status LoadYaml(const std::string& path, google::protobuf::Message& message,
                      SourceMap* lines = nullptr);

template <typename Message>
absl::StatusOr<Message> LoadYaml(const std::string& path, SourceMap* lines = nullptr) {
  Message message;
  if (absl::Status status = LoadYaml(path, message, lines); !status.ok()) return status;
  return message;
}

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_YAML_MESSAGE_H_
