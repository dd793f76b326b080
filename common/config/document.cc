#include "common/config/document.h"

#include "absl/strings/str_cat.h"
#include "common/config/yaml_message.h"

namespace bellwether::config {

absl::Status ReadDocument(absl::string_view text, absl::string_view file,
                          google::protobuf::Message& message, SourceMap& lines) {
  Problems problems;
  lines = SourceMap(file);
  ReadYaml(text, file, message, problems, &lines);
  return problems.ToStatus();
}

absl::Status ReadShipped(const std::string& path, absl::string_view name,
                         absl::Span<const EmbeddedFile> shipped, google::protobuf::Message& message,
                         SourceMap& lines) {
  if (!path.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    return ReadDocument(text, path, message, lines);
  }
  for (const EmbeddedFile& file : shipped) {
    if (file.name == name) return ReadDocument(file.content, file.name, message, lines);
  }
  return Error(absl::StatusCode::kNotFound, {"NOT_SHIPPED", std::string(name), ""},
               absl::StrCat("no ", name, " is shipped"));
}

}  // namespace bellwether::config
