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

TEST(AsFactId, KeepsWhatIsOneAndMakesTheRestFit) {
  EXPECT_EQ(AsFactId("order-1/2:x"), "order-1/2:x");
  EXPECT_EQ(AsFactId("订单-1"), "订单-1");
  const std::string with_blank = AsFactId("order-SO 1001");
  EXPECT_EQ(with_blank.substr(0, 14), "order-SO-1001-");
  EXPECT_NE(with_blank, AsFactId("order-SO-1001")) << "another order";
  EXPECT_NE(with_blank, AsFactId("order-SO  1001"));
  const std::string longest(kFactIdCharactersMax, 'x');
  EXPECT_EQ(AsFactId(longest), longest);
  EXPECT_EQ(AsFactId(longest + "y").size(), kFactIdCharactersMax);
  EXPECT_NE(AsFactId(longest + "y"), AsFactId(longest + "z"));
}

TEST(RunId, IsAnIdHoweverLongTheMappingsIs) {
  const std::string uuid = "0e0f1c3a-7a59-4cf0-9a4a-3ff4bd8d1234";
  EXPECT_EQ(RunId("orders", uuid), "orders-" + uuid);
  EXPECT_TRUE(IsValidId(RunId("monthly-orders-of-the-erp-v2", uuid)));
  EXPECT_TRUE(IsValidId(RunId(std::string(64, 'm'), uuid)));
  EXPECT_NE(RunId(std::string(64, 'm'), uuid), RunId(std::string(64, 'm'), "1" + uuid.substr(1)));
}

}  // namespace
}  // namespace bellwether::imports::row_identity_test
