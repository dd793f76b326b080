// Well-formed UTF-8 (Unicode 3.9, table 3-7).
#ifndef BELLWETHER_COMMON_BASE_UTF8_H_
#define BELLWETHER_COMMON_BASE_UTF8_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether {

// How many characters (code points) the text has; nothing when it is not well-formed.
std::optional<size_t> Utf8Length(absl::string_view text);

// The text with U+FFFD for every byte that belongs to no well-formed character.
std::string ToUtf8(absl::string_view text);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_UTF8_H_
