#include "services/health/domain/corrections.h"

#include "gtest/gtest.h"

namespace bellwether::health::corrections_test {
namespace {

constexpr Day kLater = 20'000;

TEST(Corrections, TakeBackTheRevisionsUpToTheirOwn) {  // H1
  Corrections corrections;
  EXPECT_EQ(corrections.Find(7), nullptr);
  corrections.Retract(7, 3, kLater);
  ASSERT_NE(corrections.Find(7), nullptr);
  EXPECT_TRUE(corrections.Find(7)->Excludes(0));
  EXPECT_TRUE(corrections.Find(7)->Excludes(3));
  EXPECT_FALSE(corrections.Find(7)->Excludes(4));
  corrections.Retract(7, 2, kLater);
  EXPECT_TRUE(corrections.Find(7)->Excludes(3)) << "an earlier word does not weaken a later one";
  corrections.Retract(7, kEveryRevision, kLater);
  EXPECT_TRUE(corrections.Find(7)->Excludes(kEveryRevision - 1));
  EXPECT_EQ(corrections.Find(6), nullptr);
  EXPECT_EQ(corrections.Find(8), nullptr);
}

TEST(Corrections, AHigherRevisionReplacesALowerOneWhicheverComesFirst) {
  Corrections corrections;
  corrections.Say(7, 2, kLater);
  EXPECT_TRUE(corrections.Find(7)->Excludes(0));
  EXPECT_TRUE(corrections.Find(7)->Excludes(1));
  EXPECT_FALSE(corrections.Find(7)->Excludes(2));
  corrections.Say(7, 1, kLater);
  EXPECT_TRUE(corrections.Find(7)->Excludes(1));
}

TEST(Corrections, AreForgottenOnTheirDay) {
  Corrections corrections;
  corrections.Retract(7, 0, kLater);
  corrections.Say(7, 1, kLater + 5);
  corrections.Say(9, 1, kLater);
  corrections.Forget(kLater - 1);
  EXPECT_NE(corrections.Find(9), nullptr);
  corrections.Forget(kLater);
  EXPECT_EQ(corrections.Find(9), nullptr);
  EXPECT_NE(corrections.Find(7), nullptr);
  corrections.Forget(kLater + 5);
  EXPECT_TRUE(corrections.empty());
}

TEST(Corrections, AreStoredWhole) {
  Corrections corrections;
  corrections.Say(1, 5, kLater);
  corrections.Retract((uint64_t{1} << 48) - 1, kEveryRevision, kLater + 1);
  std::string bytes;
  corrections.AppendTo(bytes);
  PackedReader reader(bytes);
  EXPECT_EQ(Corrections::Parse(reader), corrections);
  EXPECT_TRUE(reader.AtEnd());
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    PackedReader shorter(absl::string_view(bytes).substr(0, cut));
    EXPECT_FALSE(Corrections::Parse(shorter).has_value()) << cut;
  }
}

}  // namespace
}  // namespace bellwether::health::corrections_test
