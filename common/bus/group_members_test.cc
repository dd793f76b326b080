#include "common/bus/group_members.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::bus::group_members_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(GroupMembers, ShareOutByRangeWithTheRestToTheFirst) {
  GroupMembers group(8);
  const auto a = group.Join(), b = group.Join(), c = group.Join();
  EXPECT_THAT(group.Claim(a), ElementsAre(0, 1, 2));
  EXPECT_THAT(group.Claim(b), ElementsAre(3, 4, 5));
  EXPECT_THAT(group.Claim(c), ElementsAre(6, 7));
  EXPECT_TRUE(group.IsSettled(a) && group.IsSettled(b) && group.IsSettled(c));
}

TEST(GroupMembers, DoNotGetWhatAnotherStillHolds) {
  GroupMembers group(4);
  const auto a = group.Join();
  EXPECT_THAT(group.Claim(a), ElementsAre(0, 1, 2, 3));
  const auto b = group.Join();
  EXPECT_FALSE(group.IsSettled(a));
  EXPECT_TRUE(group.IsSettled(b)) << "nothing to do until the other has released";
  EXPECT_THAT(group.Claim(b), IsEmpty());
  EXPECT_THAT(group.ToRelease(a), ElementsAre(2, 3));
  group.Release(a, 2);
  EXPECT_THAT(group.Claim(b), ElementsAre(2));
  group.Release(a, 3);
  EXPECT_FALSE(group.IsSettled(b));
  EXPECT_THAT(group.Claim(b), ElementsAre(3));
}

TEST(GroupMembers, InheritWhatALeaverHeld) {
  GroupMembers group(4);
  const auto a = group.Join(), b = group.Join();
  group.Claim(a);
  group.Claim(b);
  group.Leave(a);
  EXPECT_FALSE(group.IsSettled(b));
  EXPECT_THAT(group.Claim(b), ElementsAre(0, 1));
  EXPECT_THAT(group.HeldBy(b), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(group.HeldBy(a), IsEmpty());
}

TEST(GroupMembers, BeyondThePartitionsGetNothing) {
  GroupMembers group(1);
  const auto a = group.Join(), b = group.Join();
  EXPECT_THAT(group.Claim(b), IsEmpty());
  EXPECT_THAT(group.Claim(a), ElementsAre(0));
  EXPECT_TRUE(group.IsSettled(b));
}

TEST(GroupMembers, CannotReleaseWhatIsNotTheirs) {
  GroupMembers group(2);
  const auto a = group.Join(), b = group.Join();
  group.Claim(a);
  group.Claim(b);
  group.Release(b, 0);
  EXPECT_THAT(group.HeldBy(a), ElementsAre(0));
}

}  // namespace
}  // namespace bellwether::bus::group_members_test
