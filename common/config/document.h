// Documents of configuration: a file of the deployment, or the one that ships.
#ifndef BELLWETHER_COMMON_CONFIG_DOCUMENT_H_
#define BELLWETHER_COMMON_CONFIG_DOCUMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/embedded_file.h"
#include "common/base/status.h"
#include "common/config/problems.h"
#include "google/protobuf/message.h"

namespace bellwether::config {

// A message with the places of its fields, for checks that come after reading.
template <typename Message>
struct Document {
  Message message;
  SourceMap lines;

  // `why` with file, line and column of the field that it names.
  absl::Status At(const absl::Status& why) const { return lines.At(why); }
};

// Reads `text`, noting in `lines` where its fields stand; `file` is only named. As ReadYaml.
absl::Status ReadDocument(absl::string_view text, absl::string_view file,
                          google::protobuf::Message& message, SourceMap& lines);
// Reads the file at `path` or, where no path is given, the one of `shipped` with that name. As
// LoadYaml; NOT_FOUND / NOT_SHIPPED.
absl::Status ReadShipped(const std::string& path, absl::string_view name,
                         absl::Span<const EmbeddedFile> shipped, google::protobuf::Message& message,
                         SourceMap& lines);

template <typename Message>
absl::StatusOr<Document<Message>> ParseDocument(absl::string_view text, absl::string_view file) {
  Document<Message> document;
  RETURN_IF_ERROR(ReadDocument(text, file, document.message, document.lines));
  return document;
}

template <typename Message>
absl::StatusOr<Document<Message>> LoadShipped(const std::string& path, absl::string_view name,
                                              absl::Span<const EmbeddedFile> shipped) {
  Document<Message> document;
  RETURN_IF_ERROR(ReadShipped(path, name, shipped, document.message, document.lines));
  return document;
}

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_DOCUMENT_H_
