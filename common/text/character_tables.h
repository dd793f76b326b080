// What Unicode 14 says of characters, as sorted ranges: their width (EastAsianWidth W and F), the
// marks that combine with the character before (categories Mn and Me), and those that show nothing
// (category Cf, fillers and blanks that are letters by name only).
#ifndef BELLWETHER_COMMON_TEXT_CHARACTER_TABLES_H_
#define BELLWETHER_COMMON_TEXT_CHARACTER_TABLES_H_

#include "absl/types/span.h"

namespace bellwether::text {

struct CharacterRange {
  char32_t first;
  char32_t last;
};

absl::Span<const CharacterRange> WideCharacters();
absl::Span<const CharacterRange> CombiningMarks();
absl::Span<const CharacterRange> FormatCharacters();

}  // namespace bellwether::text

#endif  // BELLWETHER_COMMON_TEXT_CHARACTER_TABLES_H_
