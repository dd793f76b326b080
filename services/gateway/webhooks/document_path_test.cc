#include "services/gateway/webhooks/document_path.h"

#include "gtest/gtest.h"

namespace bellwether::gateway::document_path_test {
namespace {

// The text at the path; "-" where nothing is.
std::string At(absl::string_view path, absl::string_view document) {
  const json::Value parsed = *json::Parse(document);
  const json::Value* found = DocumentPath::Parse(path)->Find(parsed);
  return found == nullptr ? "-" : found->text;
}

TEST(DocumentPath, LeadsThroughMembersAndItems) {
  constexpr char kDocument[] = R"({"a": {"b": [{"c": 1.50}, {"c": "x"}]}, "a.b": {"/": "odd"}})";
  EXPECT_EQ(At("a.b.0.c", kDocument), "1.50");
  EXPECT_EQ(At("/a/b/1/c", kDocument), "x");
  EXPECT_EQ(At("/a.b/~1", kDocument), "odd");
}

TEST(DocumentPath, FindsNothingWhereNothingIs) {
  EXPECT_EQ(At("a.b", R"({"a": 7})"), "-");
  EXPECT_EQ(At("a.2", R"({"a": [1, 2]})"), "-");
  EXPECT_EQ(At("a.-1", R"({"a": [1, 2]})"), "-");
  EXPECT_EQ(At("a.x", R"({"a": [1, 2]})"), "-");
}

TEST(DocumentPath, RefusesEmptyStepsAndTooMany) {
  EXPECT_FALSE(DocumentPath::Parse("a..b").ok());
  EXPECT_FALSE(DocumentPath::Parse(std::string(50, '/')).ok());
}

}  // namespace
}  // namespace bellwether::gateway::document_path_test
