#include "services/imports/domain/row_identity.h"

#include <gtest/gtest.h>

#include "common/base/ids.h"

namespace bellwether::imports::row_identity_test {
namespace {

TEST(AsId, KeepsWhatAnIdMayHold) {
  EXPECT_EQ(AsId("Vehement Capital Partners"), "Vehement-Capital-Partners");
  EXPECT_EQ(AsId("  Ron-tech / EU  "), "Ron-tech-EU");
  EXPECT_EQ(AsId("00004"), "00004");
  EXPECT_EQ(AsId(""), "");
}

TEST(AsId, KeepsTextsApartThatLostLettersOrWereTooLong) {
  EXPECT_NE(AsId("华东重工"), AsId("华南重工"));
  EXPECT_TRUE(IsValidId(AsId("华东重工")));
  EXPECT_NE(AsId("M\xC3\xBCller"), AsId("M\xC3\xB6ller"));
  const std::string longest(64, 'a');
  EXPECT_EQ(AsId(longest), longest);
  EXPECT_EQ(AsId(longest + "a").size(), 64);
  EXPECT_NE(AsId(longest + "a"), AsId(longest + "b"));
  EXPECT_TRUE(IsValidId(AsId("///")));
}

TEST(OccurrenceNames, EqualRowsAreSeparateAndKeepTheirNames) {
  OccurrenceNames first;
  OccurrenceNames second;
  const std::string one = first.NameOf("a");
  const std::string two = first.NameOf("a");
  EXPECT_NE(one, two);
  EXPECT_EQ(second.NameOf("b"), first.NameOf("b"));
  EXPECT_EQ(second.NameOf("a"), one);
  EXPECT_EQ(second.NameOf("a"), two);
}

}  // namespace
}  // namespace bellwether::imports::row_identity_test
