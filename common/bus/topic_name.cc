#include "common/bus/topic_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace bellwether::bus {
namespace {

constexpr size_t kTopicNameMax = 249;

}  // namespace

bool HasOnlyTopicCharacters(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

bool IsTopicName(absl::string_view name) {
  return !name.empty() && name.size() <= kTopicNameMax && name != "." && name != ".." &&
         HasOnlyTopicCharacters(name);
}

}  // namespace bellwether::bus
