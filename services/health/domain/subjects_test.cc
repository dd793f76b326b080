#include "services/health/domain/subjects.h"

#include <string>

#include "gtest/gtest.h"

namespace bellwether::health::subjects_test {
namespace {

const SubjectId kOpportunity{2, "o7"};

TEST(Subjects, OnlyWhatIsNewerIsKept) {
  Subjects subjects;
  EXPECT_TRUE(subjects.Keep(kOpportunity, {.account = "acme", .entity_version = 2, .last = "b"}));
  EXPECT_FALSE(subjects.Keep(kOpportunity, {.account = "acme", .entity_version = 1, .last = "a"}));
  EXPECT_FALSE(subjects.Keep(kOpportunity, {.account = "acme", .entity_version = 2, .last = "c"}));
  EXPECT_EQ(subjects.Find(kOpportunity)->last, "b");
  EXPECT_FALSE(subjects.Keep({2, "o8"}, {.entity_version = 0}));
  EXPECT_EQ(subjects.Find({2, "o8"}), nullptr);
}

TEST(Subjects, TheSameIdOfAnotherTypeIsAnotherSubject) {
  Subjects subjects;
  EXPECT_TRUE(subjects.Keep({2, "x"}, {.entity_version = 5}));
  EXPECT_TRUE(subjects.Keep({6, "x"}, {.entity_version = 1}));
  EXPECT_EQ(subjects.size(), 2u);
}

TEST(Subjects, AClosedOneIsRememberedSoThatNoLateCopyOpensIt) {
  Subjects subjects;
  constexpr int64_t kClosedAt = 1'000;
  subjects.Keep(kOpportunity, {.entity_version = 3, .closed_micros = kClosedAt});
  EXPECT_FALSE(subjects.Keep(kOpportunity, {.entity_version = 2, .last = "open"}));
  EXPECT_TRUE(subjects.ForgetClosedUntil(kClosedAt - 1).empty());
  EXPECT_EQ(subjects.ForgetClosedUntil(kClosedAt), std::vector{kOpportunity});
  EXPECT_EQ(subjects.Find(kOpportunity), nullptr);
}

TEST(Subjects, OneThatOpensAgainIsNotForgotten) {
  Subjects subjects;
  subjects.Keep(kOpportunity, {.entity_version = 3, .closed_micros = 1'000});
  subjects.Keep(kOpportunity, {.entity_version = 4, .last = "open again"});
  EXPECT_TRUE(subjects.ForgetClosedUntil(1'000).empty());
  EXPECT_NE(subjects.Find(kOpportunity), nullptr);
}

TEST(Subjects, TheStoredFormReadsBackAndAFlippedByteIsSeen) {
  const KeptSubject open{.account = "acme", .entity_version = 7, .last = std::string("\0x", 2)};
  const KeptSubject closed{.entity_version = 8, .closed_micros = 5};
  EXPECT_EQ(DecodeSubject(EncodeSubject(open)), open);
  EXPECT_EQ(DecodeSubject(EncodeSubject(closed)), closed);
  std::string bytes = EncodeSubject(open);
  for (size_t at = 0; at < bytes.size(); ++at) {
    bytes[at] ^= 1;
    EXPECT_EQ(DecodeSubject(bytes), std::nullopt) << at;
    bytes[at] ^= 1;
  }
  EXPECT_EQ(DecodeSubject(""), std::nullopt);
}

}  // namespace
}  // namespace bellwether::health::subjects_test
