#include "services/gateway/webhooks/xml_document.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/webhooks/webhook_events.h"

namespace bellwether::gateway::xml_document_test {
namespace {

using ::testing::HasSubstr;

std::string JsonOf(absl::string_view xml) {
  const auto document = ParseXml(xml);
  return document.ok() ? TextOf(*document) : std::string(document.status().message());
}

TEST(XmlDocument, IsNamesAndTexts) {
  EXPECT_EQ(JsonOf(R"(<e xmlns:x="u"><x:a> 1 &amp; 2 </x:a><b/><b>t</b></e>)"),
            R"({"a":"1 & 2","b":["","t"]})");
}

TEST(XmlDocument, KeepsTypesAndNils) {
  EXPECT_EQ(JsonOf(R"(<e xmlns:i="http://www.w3.org/2001/XMLSchema-instance">)"
                   R"(<o i:type="sf:Case"><Id>5</Id></o><n i:nil="true"/></e>)"),
            R"({"o":{"Id":"5","type":"Case"},"n":null})");
}

TEST(XmlDocument, RefusesDocumentTypesAndWithThemEntities) {
  const std::string laughs =
      R"(<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">)"
      R"(<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><l>&c;&c;&c;</l>)";
  EXPECT_THAT(JsonOf(laughs), HasSubstr("a document type is declared"));
  EXPECT_THAT(JsonOf(R"(<!DOCTYPE l SYSTEM "file:///etc/passwd"><l/>)"),
              HasSubstr("a document type is declared"));
  EXPECT_THAT(JsonOf("<l>&c;</l>"), HasSubstr("undefined entity"));
}

TEST(XmlDocument, HasLimits) {
  std::string deep;
  for (int i = 0; i <= kXmlDepthMax; ++i) deep += "<a>";
  EXPECT_THAT(JsonOf(deep), HasSubstr("nested deeper than 16"));
  std::string many = "<l>";
  for (int i = 0; i <= kXmlElementsMax; ++i) many += "<a/>";
  EXPECT_THAT(JsonOf(many + "</l>"), HasSubstr("more than 50000 elements"));
  std::string names = "<l>";
  for (size_t i = 0; i <= kXmlMembersMax; ++i) absl::StrAppend(&names, "<a", i, "/>");
  EXPECT_THAT(JsonOf(names + "</l>"), HasSubstr("more than 1000 names"));
}

TEST(XmlDocument, SaysWhereItIsMalformed) {
  EXPECT_THAT(JsonOf("<a>\n<b></a>"), HasSubstr("line 2, byte 6: mismatched tag"));
  EXPECT_THAT(JsonOf(""), HasSubstr("no element found"));
}

}  // namespace
}  // namespace bellwether::gateway::xml_document_test
