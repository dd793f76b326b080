#include "common/text/character.h"

#include <algorithm>

#include "common/text/character_tables.h"

namespace bellwether::text {
namespace {

constexpr char32_t kNonJoiner = 0x200C;
constexpr char32_t kJoiner = 0x200D;
constexpr char32_t kEmojiStyle = 0xFE0F;

bool IsIn(absl::Span<const CharacterRange> ranges, char32_t character) {
  const auto* after = std::upper_bound(
      ranges.begin(), ranges.end(), character,
      [](char32_t value, const CharacterRange& range) { return value < range.first; });
  return after != ranges.begin() && character <= std::prev(after)->last;
}

bool IsBidi(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool IsBlank(char32_t c) {
  return c == 0x20 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool IsControl(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool IsSkinTone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }

}  // namespace

Character FirstOf(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || length > text.size()) return {kMalformed, 1};
  char32_t value = lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kMalformed, 1};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  constexpr char32_t kShortest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kShortest[length] || value > 0x10FFFF || surrogate) return {kMalformed, 1};
  return {value, length};
}

CharacterKind KindOf(char32_t character) {
  if (character == kMalformed) return CharacterKind::kMalformed;
  if (IsControl(character)) return CharacterKind::kControl;
  if (character < 0x7F) return character == ' ' ? CharacterKind::kBlank : CharacterKind::kVisible;
  if (IsBlank(character)) return CharacterKind::kBlank;
  if (IsBidi(character)) return CharacterKind::kBidi;
  if (character == kNonJoiner || character == kJoiner) return CharacterKind::kJoiner;
  if (IsIn(FormatCharacters(), character)) return CharacterKind::kInvisible;
  if (IsIn(CombiningMarks(), character)) return CharacterKind::kCombining;
  return CharacterKind::kVisible;
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  size_t last = 0;  // of the newest character that took columns
  bool joined = false;
  while (!text.empty()) {
    const Character c = FirstOf(text);
    text.remove_prefix(c.bytes);
    if (c.value == kEmojiStyle && last == 1) {
      // The emoji form of a character that is also a narrow sign.
      ++width;
      last = 2;
      continue;
    }
    if (c.value == kJoiner) {
      joined = last == 2;
      continue;
    }
    const bool on_the_one_before = joined || (IsSkinTone(c.value) && last == 2);
    joined = false;
    if (on_the_one_before) continue;
    switch (KindOf(c.value)) {
      case CharacterKind::kBidi:
      case CharacterKind::kInvisible:
      case CharacterKind::kJoiner:
      case CharacterKind::kCombining:
        continue;
      default:
        last = IsIn(WideCharacters(), c.value) ? 2 : 1;
        width += last;
    }
  }
  return width;
}

}  // namespace bellwether::text
