// In which encoding a table is written: declared by its mapping, or recognised from its bytes.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_TEXT_ENCODING_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_TEXT_ENCODING_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::imports {

enum class TextEncoding { kUtf8, kUtf16Le, kUtf16Be, kGb18030, kLatin1 };

// As people and iconv call it: "GB18030".
const char* EncodingName(TextEncoding encoding);

// A byte that no UTF-8 text holds: decoders write it for bytes that mean nothing in the declared
// encoding, so that the row which holds them is refused, and no other.
inline constexpr char kUndecodable = '\xFF';

// Looks at the bytes of a table, piece by piece, and says how they are to be read.
//
// A byte order mark decides. Without one: what is UTF-8 throughout is UTF-8; every other byte a
// zero is UTF-16; what is GB18030 throughout, nearly all of it common Chinese characters, is
// GB18030. Anything else is taken for UTF-8 with faulty rows: Western encodings of one byte a
// character cannot be told apart by their bytes, they are declared.
class EncodingEvidence {
 public:
  void Add(absl::string_view piece);
  TextEncoding Conclude() const;
  // Bytes that are no UTF-8 were seen.
  bool not_utf8() const { return utf8_faults_ > 0 || utf8_needed_ > 0; }

 private:
  void AddUtf8(unsigned char byte);
  void AddGb18030(unsigned char byte);

  int64_t bytes_ = 0;
  std::string head_;  // the first bytes, for the mark
  int64_t zeros_even_ = 0;
  int64_t zeros_odd_ = 0;

  int utf8_needed_ = 0;          // bytes of the character begun
  int64_t utf8_characters_ = 0;  // beyond ASCII
  int64_t utf8_faults_ = 0;

  int gb_place_ = 0;  // within the character begun
  unsigned char gb_lead_ = 0;
  int64_t gb_common_ = 0;  // of the rows of GB 2312
  int64_t gb_others_ = 0;
  bool gb_broken_ = false;
};

// What the first bytes of a file say it is, where it is no text: "an Excel workbook (xlsx)". Empty
// for what may be text.
absl::string_view BinaryKindOf(absl::string_view head);
bool IsZip(absl::string_view head);
bool IsGzip(absl::string_view head);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_TEXT_ENCODING_H_
