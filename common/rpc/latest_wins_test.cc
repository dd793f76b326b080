#include "common/rpc/latest_wins.h"

#include "gtest/gtest.h"

namespace bellwether::rpc::latest_wins_test {
namespace {

struct Message {
  std::string text;
  size_t ByteSizeLong() const { return text.size(); }
};

TEST(LatestWins, KeepsTheLatestOfASubjectInItsPlace) {
  LatestWins<Message> pending(100);
  EXPECT_TRUE(pending.Put("a", {"a1"}));
  EXPECT_TRUE(pending.Put("b", {"b1"}));
  EXPECT_TRUE(pending.Put("a", {"a2"}));
  EXPECT_EQ(pending.Take().text, "a2");
  EXPECT_EQ(pending.Take().text, "b1");
  EXPECT_TRUE(pending.empty());
  EXPECT_EQ(pending.bytes(), 0u);
}

TEST(LatestWins, AddsASubjectAgainOnceItWasTaken) {
  LatestWins<Message> pending(100);
  pending.Put("a", {"a1"});
  pending.Take();
  EXPECT_TRUE(pending.Put("a", {"a2"}));
  EXPECT_EQ(pending.Take().text, "a2");
}

TEST(LatestWins, KeepsAllMessagesWithoutASubject) {
  LatestWins<Message> pending(100);
  pending.Put("", {"1"});
  pending.Put("", {"2"});
  EXPECT_EQ(pending.Take().text, "1");
  EXPECT_EQ(pending.Take().text, "2");
}

TEST(LatestWins, RefusesWhatWouldPassItsLimitAndKeepsWhatItHas) {
  LatestWins<Message> pending(6);
  EXPECT_TRUE(pending.Put("a", {"12345"}));  // six bytes with the subject
  EXPECT_FALSE(pending.Put("", {"1"}));
  EXPECT_FALSE(pending.Put("a", {"123456"}));
  EXPECT_TRUE(pending.Put("a", {"12"}));
  EXPECT_TRUE(pending.Put("", {"345"}));
  EXPECT_EQ(pending.bytes(), 6u);
  EXPECT_EQ(pending.Take().text, "12");
}

TEST(LatestWins, SaysWhetherASubjectWaits) {
  LatestWins<Message> pending(100);
  pending.Put("a", {"new"});
  pending.Put("", {"of no subject"});
  EXPECT_TRUE(pending.Has("a"));
  EXPECT_FALSE(pending.Has("b"));
  EXPECT_FALSE(pending.Has(""));
  EXPECT_EQ(pending.Take().text, "new");
  EXPECT_FALSE(pending.Has("a"));
}

}  // namespace
}  // namespace bellwether::rpc::latest_wins_test
