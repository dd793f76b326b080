// Files compiled into a program (cmake/EmbedFiles.cmake).
#ifndef BELLWETHER_COMMON_BASE_EMBEDDED_FILE_H_
#define BELLWETHER_COMMON_BASE_EMBEDDED_FILE_H_

#include "absl/strings/string_view.h"

namespace bellwether {

struct EmbeddedFile {
  absl::string_view name;  // without folder, with extension
  absl::string_view content;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_EMBEDDED_FILE_H_
