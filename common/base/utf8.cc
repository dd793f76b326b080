#include "common/base/utf8.h"

#include <algorithm>
#include <cstdint>

namespace bellwether {
namespace {

// Bytes of the sequence that `lead` begins, and the range its second byte has to be in: what keeps
// out overlong forms, surrogates and what lies beyond U+10FFFF.
struct Sequence {
  size_t bytes = 0;
  uint8_t second_least = 0x80;
  uint8_t second_most = 0xbf;
};

Sequence SequenceOf(uint8_t lead) {
  if (lead < 0x80) return {1};
  if (lead < 0xc2) return {0};
  if (lead < 0xe0) return {2};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead < 0xf4) return {4};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0};
}

size_t AsciiPrefix(absl::string_view text) {
  const auto* const end = std::find_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0x80) != 0; });
  return static_cast<size_t>(end - text.begin());
}

// Bytes of the character that `text` begins with; zero when it begins with none.
size_t CharacterBytes(absl::string_view text) {
  const Sequence sequence = SequenceOf(static_cast<uint8_t>(text[0]));
  if (sequence.bytes > text.size()) return 0;
  for (size_t i = 1; i < sequence.bytes; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const uint8_t least = i == 1 ? sequence.second_least : 0x80;
    const uint8_t most = i == 1 ? sequence.second_most : 0xbf;
    if (byte < least || byte > most) return 0;
  }
  return sequence.bytes;
}

}  // namespace

std::optional<size_t> Utf8Length(absl::string_view text) {
  size_t characters = 0;
  while (true) {
    // Most texts are ASCII from end to end.
    const size_t plain = AsciiPrefix(text);
    characters += plain;
    text.remove_prefix(plain);
    if (text.empty()) return characters;
    const size_t bytes = CharacterBytes(text);
    if (bytes == 0) return std::nullopt;
    text.remove_prefix(bytes);
    ++characters;
  }
}

std::string ToUtf8(absl::string_view text) {
  constexpr absl::string_view kReplacement = "\xef\xbf\xbd";
  std::string out;
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    out.append(bytes == 0 ? std::string(kReplacement) : std::string(text.substr(0, bytes)));
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

}  // namespace bellwether
