#include "services/gateway/adapters/feeds_file.h"

#include "bellwether/events/v1/fact.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::feeds_file_test {
namespace {

using ::testing::HasSubstr;

std::string ProblemsOf(absl::string_view yaml) {
  const auto feeds = ReadDeclaredFeeds(yaml, "feeds.yaml");
  return feeds.ok() ? "none" : std::string(feeds.status().message());
}

TEST(FeedsFile, IsRead) {
  const auto feeds = ReadDeclaredFeeds(R"(feeds:
  - {source: crm/salesforce, every: 4h, display_name: Salesforce}
  - {source: crm/salesforce, kind: order_placed, every: 1d}
)",
                                       "feeds.yaml");
  ASSERT_TRUE(feeds.ok()) << feeds.status();
  EXPECT_EQ(feeds->at({"crm/salesforce", kEveryKind}).every, absl::Hours(4));
  EXPECT_EQ(feeds->at({"crm/salesforce", kEveryKind}).display_name, "Salesforce");
  EXPECT_EQ(feeds->at({"crm/salesforce", events::v1::Fact::kOrderPlaced}).every, absl::Hours(24));
}

TEST(FeedsFile, NamesThePlaceOfEachProblem) {
  const std::string problems = ProblemsOf(R"(feeds:
  - {source: crm, every: 30s}
  - {source: "c r m", kind: revision, every: 1h}
  - {source: crm, every: 1h}
)");
  EXPECT_THAT(problems, HasSubstr("feeds.yaml:2:19: feeds[0].every: every must be 1m to 366d"));
  EXPECT_THAT(problems, HasSubstr("feeds[1].source"));
  EXPECT_THAT(problems, HasSubstr("feeds.yaml:3:23: feeds[1].kind: \"revision\" is no kind"));
  EXPECT_THAT(problems, HasSubstr("feeds.yaml:4:5: feeds[2]: another entry declares that feed"));
}

}  // namespace
}  // namespace bellwether::gateway::feeds_file_test
