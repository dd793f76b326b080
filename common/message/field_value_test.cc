#include "common/message/field_value.h"

#include <limits>

#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::message::field_value_test {
namespace {

using google::protobuf::FieldDescriptor;

const FieldDescriptor& FieldOf(const google::protobuf::Message& message, const char* name) {
  return *message.GetDescriptor()->FindFieldByName(name);
}

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : "";
}

TEST(FieldValue, IsSetWhereTheTypeFits) {
  events::v1::OrderPlaced order;
  EXPECT_TRUE(SetValue(order, FieldOf(order, "order_id"), {}, std::string("a")).ok());
  EXPECT_TRUE(SetValue(order, FieldOf(order, "quantity"), {}, int64_t{7}).ok());
  EXPECT_TRUE(SetValue(order, FieldOf(order, "cross_sell"), {}, true).ok());
  EXPECT_EQ(order.order_id(), "a");
  EXPECT_EQ(order.quantity(), 7);
  EXPECT_TRUE(order.cross_sell());
  EXPECT_EQ(ReasonOf(SetValue(order, FieldOf(order, "quantity"), {}, true)), "WRONG_TYPE");
  EXPECT_EQ(ReasonOf(SetValue(order, FieldOf(order, "order_id"), {}, int64_t{1})), "WRONG_TYPE");
  EXPECT_EQ(ReasonOf(SetValue(order, FieldOf(order, "amount"), {}, int64_t{1})), "WRONG_TYPE");
}

TEST(FieldValue, AnIntegerThatTheFieldDoesNotHoldIsOutOfRange) {
  events::v1::DecisionChainChanged chain;
  const FieldDescriptor& stance = FieldOf(chain, "stance");
  ASSERT_EQ(stance.cpp_type(), FieldDescriptor::CPPTYPE_INT32);
  EXPECT_TRUE(SetValue(chain, stance, {}, int64_t{std::numeric_limits<int32_t>::max()}).ok());
  EXPECT_EQ(ReasonOf(SetValue(chain, stance, {}, int64_t{1} << 31)), "OUT_OF_RANGE");
  EXPECT_TRUE(SetValue(chain, stance, {}, int64_t{std::numeric_limits<int32_t>::min()}).ok());
  EXPECT_EQ(ReasonOf(SetValue(chain, stance, {}, -(int64_t{1} << 31) - 1)), "OUT_OF_RANGE");
}

TEST(FieldValue, ElementsAreAddedOrReplaced) {
  accounts::v1::Account account;
  const FieldDescriptor& ids = FieldOf(account, "external_ids");
  auto& first = static_cast<accounts::v1::ExternalId&>(MutableChild(account, ids, 0));
  first.set_id("7");
  MutableChild(account, ids, std::nullopt);
  EXPECT_EQ(account.external_ids_size(), 2);
  EXPECT_EQ(&MutableChild(account, ids, 0), &first);
}

TEST(FieldValue, EnumValuesAreFoundByEitherNameButNeverTheUnspecifiedOne) {
  const auto& kinds = *events::v1::SurveyKind_descriptor();
  EXPECT_EQ(FindEnumValue(kinds, "nps")->number(), events::v1::SURVEY_KIND_NPS);
  EXPECT_EQ(FindEnumValue(kinds, "Survey_Kind_CSAT")->number(), events::v1::SURVEY_KIND_CSAT);
  for (const char* text : {"", "unspecified", "SURVEY_KIND_UNSPECIFIED", "gut feeling", "0"}) {
    EXPECT_EQ(FindEnumValue(kinds, text), nullptr) << text;
  }
}

TEST(ParseInteger, ReadsWhatIsWrittenAsOne) {
  EXPECT_EQ(ParseInteger("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseInteger("007"), 7);
  for (const char* text : {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "--1",
                           "9223372036854775808", "123456789012345678901234567890"}) {
    EXPECT_FALSE(ParseInteger(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace bellwether::message::field_value_test
