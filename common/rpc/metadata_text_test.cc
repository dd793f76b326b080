#include "common/rpc/metadata_text.h"

#include "gtest/gtest.h"

namespace bellwether::rpc::metadata_text_test {
namespace {

TEST(MetadataText, IsReadAsItWasWritten) {
  for (const char* text : {"li.na", "李娜", "50 % of it", "", "a\tb"}) {
    EXPECT_EQ(DecodeMetadataText(EncodeMetadataText(text)), text);
  }
  EXPECT_EQ(EncodeMetadataText("li.na@example.com"), "li.na@example.com");
  EXPECT_EQ(EncodeMetadataText("李"), "%E6%9D%8E");
}

TEST(MetadataText, IsNothingWhereItIsNotEncodedText) {
  for (const char* value : {"%", "%4", "%4g", "50%", "%FF", "%C0%80"}) {
    EXPECT_EQ(DecodeMetadataText(value), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace bellwether::rpc::metadata_text_test
