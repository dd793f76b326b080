#include "services/imports/domain/text_encoding.h"

#include "absl/strings/match.h"

namespace bellwether::imports {
namespace {

constexpr size_t kHeadBytes = 4;
// Of all characters beyond ASCII, this part at least must be common ones.
constexpr int64_t kCommonShareInverse = 10;  // at most one in ten is not

}  // namespace

const char* EncodingName(TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::kUtf8:
      return "UTF-8";
    case TextEncoding::kUtf16Le:
      return "UTF-16LE";
    case TextEncoding::kUtf16Be:
      return "UTF-16BE";
    case TextEncoding::kGb18030:
      return "GB18030";
    case TextEncoding::kLatin1:
      return "WINDOWS-1252";
  }
  return "UTF-8";
}

void EncodingEvidence::Add(absl::string_view piece) {
  for (const char c : piece) {
    const auto byte = static_cast<unsigned char>(c);
    if (head_.size() < kHeadBytes) head_.push_back(c);
    if (byte == 0) ++(bytes_ % 2 == 0 ? zeros_even_ : zeros_odd_);
    ++bytes_;
    if (byte < 0x80 && utf8_needed_ == 0 && gb_place_ == 0) continue;
    AddUtf8(byte);
    AddGb18030(byte);
  }
}

void EncodingEvidence::AddUtf8(unsigned char byte) {
  if (utf8_needed_ > 0) {
    if ((byte & 0xC0) == 0x80) {
      if (--utf8_needed_ == 0) ++utf8_characters_;
      return;
    }
    utf8_needed_ = 0;
    ++utf8_faults_;
  }
  if (byte < 0x80) return;
  if (byte >= 0xC2 && byte <= 0xF4) {
    utf8_needed_ = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
  } else {
    ++utf8_faults_;
  }
}

// Two bytes (81–FE, then 40–7E or 80–FE) or four (81–FE, 30–39, 81–FE, 30–39).
void EncodingEvidence::AddGb18030(unsigned char byte) {
  const bool lead = byte >= 0x81 && byte <= 0xFE;
  const bool digit = byte >= '0' && byte <= '9';
  switch (gb_place_) {
    case 0:
      if (byte < 0x80) return;
      gb_broken_ = gb_broken_ || !lead;
      gb_lead_ = byte;
      gb_place_ = lead ? 1 : 0;
      return;
    case 1:
      if (digit) {
        gb_place_ = 2;
        return;
      }
      gb_place_ = 0;
      if (byte < 0x40 || byte == 0x7F || byte == 0xFF) {
        gb_broken_ = true;
        return;
      }
      ++(gb_lead_ >= 0xA1 && gb_lead_ <= 0xF7 && byte >= 0xA1 ? gb_common_ : gb_others_);
      return;
    case 2:
      gb_broken_ = gb_broken_ || !lead;
      gb_place_ = 3;
      return;
    default:
      gb_broken_ = gb_broken_ || !digit;
      ++gb_others_;
      gb_place_ = 0;
      return;
  }
}

TextEncoding EncodingEvidence::Conclude() const {
  if (absl::StartsWith(head_, "\xEF\xBB\xBF")) return TextEncoding::kUtf8;
  if (absl::StartsWith(head_, "\xFF\xFE")) return TextEncoding::kUtf16Le;
  if (absl::StartsWith(head_, "\xFE\xFF")) return TextEncoding::kUtf16Be;
  // Delimiters, digits and line ends are ASCII in any table: their other byte is a zero.
  const int64_t pairs = bytes_ / 2;
  if (pairs > 0 && zeros_even_ == 0 && zeros_odd_ > pairs / 8) return TextEncoding::kUtf16Le;
  if (pairs > 0 && zeros_odd_ == 0 && zeros_even_ > pairs / 8) return TextEncoding::kUtf16Be;
  if (!not_utf8()) return TextEncoding::kUtf8;
  const bool whole = !gb_broken_ && gb_place_ == 0 && gb_common_ > 0;
  if (whole && gb_others_ <= (gb_common_ + gb_others_) / kCommonShareInverse) {
    return TextEncoding::kGb18030;
  }
  return TextEncoding::kUtf8;
}

bool IsZip(absl::string_view head) { return absl::StartsWith(head, "PK\x03\x04"); }
bool IsGzip(absl::string_view head) { return absl::StartsWith(head, "\x1F\x8B"); }

absl::string_view BinaryKindOf(absl::string_view head) {
  if (IsZip(head)) return "a zip archive, as Excel workbooks (.xlsx) are";
  if (absl::StartsWith(head, "\xD0\xCF\x11\xE0")) return "an old Excel workbook (.xls)";
  if (absl::StartsWith(head, "%PDF")) return "a PDF document";
  return "";
}

}  // namespace bellwether::imports
