#include "services/imports/domain/cell_text.h"

#include <utf8proc.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "common/text/readable.h"

namespace bellwether::imports {
namespace {

// Plain text with single blanks: nearly every cell.
bool IsPlain(absl::string_view text) {
  bool blank = false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || (c == ' ' && blank) || c == '\t') return false;
    blank = c == ' ';
  }
  return true;
}

bool IsAscii(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

std::string Composed(std::string text) {
  if (IsAscii(text)) return text;
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size < 0) return text;
  text.assign(reinterpret_cast<const char*>(composed), static_cast<size_t>(size));
  std::free(composed);
  return text;
}

}  // namespace

CleanText Clean(absl::string_view text) {
  const absl::string_view stripped = absl::StripAsciiWhitespace(text);
  if (IsPlain(stripped)) return {std::string(stripped)};
  CleanText clean{Composed(text::Tidied(stripped))};
  clean.changed = clean.text != stripped;
  return clean;
}

}  // namespace bellwether::imports
