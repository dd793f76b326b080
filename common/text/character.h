// Characters of UTF-8 text: what each is to a reader, and how wide a terminal shows it.
#ifndef BELLWETHER_COMMON_TEXT_CHARACTER_H_
#define BELLWETHER_COMMON_TEXT_CHARACTER_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace bellwether::text {

// What no UTF-8 sequence stands for.
inline constexpr char32_t kMalformed = 0xFFFFFFFF;
inline constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  char32_t value = kMalformed;
  size_t bytes = 1;
};

// The first character of a text that is not empty. Bytes that are no UTF-8 (overlong forms and
// surrogates among them) come one by one, as kMalformed.
Character FirstOf(absl::string_view text);

enum class CharacterKind {
  kVisible,
  kBlank,      // spaces of any width; line and paragraph separators are controls
  kControl,    // C0, DEL, C1, line separators: a terminal or a log reader obeys them
  kBidi,       // turns the direction of what follows
  kInvisible,  // shows nothing: zero-width characters, fillers, tags
  kJoiner,     // joins or parts its neighbours, as Persian and emoji need it; nothing by itself
  kCombining,  // a mark on the character before
  kMalformed,
};

CharacterKind KindOf(char32_t character);

// Columns that the text takes in a terminal: characters of East Asia and emoji take two, marks and
// what is joined to an emoji none, malformed bytes one each.
size_t DisplayWidth(absl::string_view text);

}  // namespace bellwether::text

#endif  // BELLWETHER_COMMON_TEXT_CHARACTER_H_
