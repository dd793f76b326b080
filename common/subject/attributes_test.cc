#include "common/subject/attributes.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace bellwether::attributes_test {
namespace {

TEST(AttributesTest, HoldAnyNameInOneOrder) {
  const Attributes attributes{{"tier", "core"}, {"grade", "A"}};
  EXPECT_EQ(attributes.Get("grade"), "A");
  EXPECT_EQ(attributes.Get("tier"), "core");
  EXPECT_EQ(attributes.Get("quadrant"), "");
  std::vector<std::string> names;
  attributes.ForEach([&](absl::string_view name, absl::string_view) { names.emplace_back(name); });
  EXPECT_EQ(names, (std::vector<std::string>{"grade", "tier"}));
  EXPECT_EQ(attributes, (Attributes{{"grade", "A"}, {"tier", "core"}}));
  EXPECT_NE(attributes, (Attributes{{"grade", "B"}, {"tier", "core"}}));
}

TEST(AttributesTest, AnEmptyValueIsNoAttributeAndTheLastOfANameStands) {
  EXPECT_TRUE((Attributes{{"tier", ""}}).empty());
  EXPECT_EQ((Attributes{{"tier", "core"}, {"grade", "A"}, {"tier", "potential"}}).Get("tier"),
            "potential");
  EXPECT_EQ((Attributes{{"tier", "core"}, {"tier", ""}}).Get("tier"), "");
}

TEST(AttributesTest, TheStoredFormReadsBackAndNothingElseDoes) {
  const Attributes attributes{{"name", std::string(kAttributeValueBytesMax, 'x')},
                              {"tier", "core"}};
  EXPECT_EQ(Attributes::Parse(attributes.packed()), attributes);
  EXPECT_EQ(Attributes::Parse(""), Attributes());
  for (size_t cut = 1; cut < attributes.packed().size(); ++cut) {
    const auto parsed = Attributes::Parse(absl::string_view(attributes.packed()).substr(0, cut));
    EXPECT_EQ(parsed.value_or(Attributes()).Get("tier"), "") << "the first attribute at most";
  }
}

}  // namespace
}  // namespace bellwether::attributes_test
