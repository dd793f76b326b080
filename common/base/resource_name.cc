#include "common/base/resource_name.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace bellwether {

std::string ResourceName(absl::string_view collection, absl::string_view text) {
  return absl::StartsWith(text, absl::StrCat(collection, "/"))
             ? std::string(text)
             : absl::StrCat(collection, "/", text);
}

std::string ResourceId(absl::string_view name) {
  return std::string(name.substr(std::min(name.size(), name.find('/') + 1)));
}

}  // namespace bellwether
