// Names and other short texts that people are to read: what makes one acceptable, and its one form.
#ifndef BELLWETHER_COMMON_TEXT_READABLE_H_
#define BELLWETHER_COMMON_TEXT_READABLE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace bellwether::text {

struct TextRule {
  absl::string_view field;  // as the API names it
  absl::string_view rule;   // of the domain
  size_t bytes_max = 0;
  bool needed = false;
};

// INVALID_ARGUMENT with the field and rule: FIELD_MISSING (needed, and empty or blanks only),
// TEXT_TOO_LONG, TEXT_NOT_UTF8, TEXT_HAS_CONTROL_CHARACTERS (C0, DEL, C1, line separators),
// TEXT_HAS_DIRECTION_CONTROLS (they make a text read as another), TEXT_HAS_INVISIBLE_CHARACTERS
// (two texts that look alike would differ), TEXT_SHOWS_NOTHING (joiners and marks without a
// character that carries them, blanks only).
absl::Status CheckReadable(const TextRule& rule, absl::string_view text);

// Without blanks of any width at its ends, and with one plain blank for every run of them inside.
// Letters keep the form they came in: composing them (NFC) needs tables that no library at hand
// brings.
std::string Tidied(absl::string_view text);

// For a terminal or a log line: controls become blanks, direction controls and malformed bytes the
// replacement character, so that no text moves the cursor, forges a row or turns one around.
std::string Printable(absl::string_view text);

}  // namespace bellwether::text

#endif  // BELLWETHER_COMMON_TEXT_READABLE_H_
