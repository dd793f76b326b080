#include "common/rpc/watcher_index.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::watcher_index_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Named {
  std::string name;
};
using Index = WatcherIndex<Named>;

std::multiset<std::string> NamesOf(const Index::Streams& streams) {
  std::multiset<std::string> names;
  for (const auto& stream : streams) names.insert(stream->name);
  return names;
}

std::multiset<std::string> AudienceOf(const Index& index, const std::string& subject) {
  const Index::Audience audience = index.Of(subject);
  std::multiset<std::string> names = NamesOf(audience.of_subject);
  names.merge(NamesOf(*audience.of_everything));
  return names;
}

class WatcherIndexTest : public ::testing::Test {
 protected:
  std::shared_ptr<Named> Add(const std::string& name,
                             std::optional<std::vector<std::string>> subjects) {
    auto stream = std::make_shared<Named>(Named{name});
    index_.Add(stream, std::move(subjects));
    return stream;
  }

  Index index_;
};

TEST_F(WatcherIndexTest, FindsThoseWhoFollowASubjectAndThoseOfEverything) {
  const auto all = Add("all", std::nullopt);
  const auto one = Add("one", {{"a", "b"}});
  const auto two = Add("two", {{"b", "c"}});
  const auto none = Add("none", {{}});
  EXPECT_THAT(AudienceOf(index_, "a"), ElementsAre("all", "one"));
  EXPECT_THAT(AudienceOf(index_, "b"), ElementsAre("all", "one", "two"));
  EXPECT_THAT(AudienceOf(index_, "d"), ElementsAre("all"));
  EXPECT_THAT(AudienceOf(index_, ""), ElementsAre("all"));
  EXPECT_EQ(index_.size(), 4u);
}

TEST_F(WatcherIndexTest, ForgetsThoseThatHaveGone) {
  const auto all = Add("all", std::nullopt);
  const auto one = Add("one", {{"a", "b"}});
  const auto two = Add("two", {{"b"}});
  index_.Remove(all.get());
  index_.Remove(one.get());
  index_.Remove(one.get());
  EXPECT_THAT(AudienceOf(index_, "a"), IsEmpty());
  EXPECT_THAT(AudienceOf(index_, "b"), ElementsAre("two"));
  EXPECT_EQ(index_.size(), 1u);
  EXPECT_EQ(one.use_count(), 1);
  EXPECT_EQ(all.use_count(), 1);
}

TEST_F(WatcherIndexTest, DealsEveryWatcherIntoExactlyOnePart) {
  std::vector<std::shared_ptr<Named>> streams;
  for (const char* name : {"a", "b", "c", "d", "e"}) streams.push_back(Add(name, {{"s"}}));
  index_.Remove(streams[1].get());
  std::multiset<std::string> names;
  for (size_t part = 0; part < 3; ++part) {
    const auto some = NamesOf(index_.Part(part, 3));
    EXPECT_LE(some.size(), 2u);
    names.insert(some.begin(), some.end());
  }
  EXPECT_THAT(names, ElementsAre("a", "c", "d", "e"));
  EXPECT_EQ(index_.Part(0, 1).size(), 4u);
}

}  // namespace
}  // namespace bellwether::rpc::watcher_index_test
