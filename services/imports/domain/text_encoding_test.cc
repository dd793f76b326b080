#include "services/imports/domain/text_encoding.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace bellwether::imports::text_encoding_test {
namespace {

TextEncoding Recognise(absl::string_view bytes) {
  EncodingEvidence evidence;
  // In pieces, so that characters are cut in two.
  for (size_t i = 0; i < bytes.size(); i += 3) evidence.Add(bytes.substr(i, 3));
  return evidence.Conclude();
}

std::string Wide(absl::string_view ascii, bool little) {
  std::string bytes;
  for (const char c : ascii) {
    if (!little) bytes.push_back('\0');
    bytes.push_back(c);
    if (little) bytes.push_back('\0');
  }
  return bytes;
}

// "客户,产品\n杭州医疗,部件\n" and "海川" in GBK.
constexpr absl::string_view kGbk =
    "\xBF\xCD\xBB\xA7,\xB2\xFA\xC6\xB7\n\xBA\xBC\xD6\xDD\xD2\xBD\xC1\xC6,\xB2\xBF\xBC\xFE\n";

TEST(EncodingEvidence, TakesAsciiAndUtf8ForUtf8) {
  EXPECT_EQ(Recognise("id,name\n1,Anda\n"), TextEncoding::kUtf8);
  EXPECT_EQ(Recognise("编号,客户\n1,海川医疗器械\n"), TextEncoding::kUtf8);
  EXPECT_EQ(Recognise(""), TextEncoding::kUtf8);
  EXPECT_EQ(Recognise("\xEF\xBB\xBFid\n"), TextEncoding::kUtf8);
}

TEST(EncodingEvidence, KnowsUtf16ByItsMarkAndByItsZeros) {
  EXPECT_EQ(Recognise(absl::StrCat("\xFF\xFE", Wide("id,name\n", true))), TextEncoding::kUtf16Le);
  EXPECT_EQ(Recognise(absl::StrCat("\xFE\xFF", Wide("id\n", false))), TextEncoding::kUtf16Be);
  EXPECT_EQ(Recognise(Wide("id,name\n1,Anda\n", true)), TextEncoding::kUtf16Le);
  EXPECT_EQ(Recognise(Wide("id,name\n1,Anda\n", false)), TextEncoding::kUtf16Be);
}

TEST(EncodingEvidence, KnowsGb18030ByItsCommonCharacters) {
  EXPECT_EQ(Recognise(kGbk), TextEncoding::kGb18030);
  EXPECT_EQ(Recognise(absl::StrCat(kGbk, "\x81\x30\x81\x30\n")), TextEncoding::kGb18030);
}

TEST(EncodingEvidence, TakesWhatItCannotTellForUtf8WithFaultyRows) {
  // Latin-1: accents before letters look like rare Chinese characters, before anything else like
  // none.
  EXPECT_EQ(Recognise("name\nM\xFCller\nJos\xE9\n"), TextEncoding::kUtf8);
  EXPECT_EQ(Recognise("name\nM\xFCller\nF\xFCrst\n"), TextEncoding::kUtf8);
  // One bad row among good ones.
  EXPECT_EQ(Recognise("客户\n海川\n\xC3\x28\n"), TextEncoding::kUtf8);
  // Cut off in the middle of a character.
  EXPECT_EQ(Recognise("\xBF\xCD\xBB"), TextEncoding::kUtf8);
}

TEST(BinaryKind, NamesWhatIsNoText) {
  EXPECT_EQ(BinaryKindOf("id,name\n"), "");
  EXPECT_NE(BinaryKindOf("PK\x03\x04rest"), "");
  EXPECT_NE(BinaryKindOf("\xD0\xCF\x11\xE0"), "");
  EXPECT_TRUE(IsGzip("\x1F\x8B\x08"));
}

}  // namespace
}  // namespace bellwether::imports::text_encoding_test
