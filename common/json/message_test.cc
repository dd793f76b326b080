#include "common/json/message.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::json::message_test {
namespace {

// "OK", or reason@field of the refusal.
std::string Verdict(absl::string_view document, events::v1::Fact* fact = nullptr) {
  events::v1::Fact local;
  absl::StatusOr<Value> value = Parse(document, {.rule = "X1"});
  const absl::Status status =
      value.ok() ? ReadMessage(*value, "fact", "X1", fact == nullptr ? local : *fact)
                 : value.status();
  if (status.ok()) return "OK";
  const auto detail = DetailOf(status);
  EXPECT_EQ(detail->rule, "X1");
  return absl::StrCat(detail->reason, "@", detail->field);
}

std::string Amount(absl::string_view number) {
  return Verdict(absl::StrCat(R"({"order_placed":{"amount":{"amount_minor":)", number, "}}}"));
}

TEST(JsonMessage, FillsFieldsByEitherName) {
  events::v1::Fact fact;
  EXPECT_EQ(Verdict(R"({"orderPlaced":{"order_id":"7","crossSell":true,"quantity":"3",)"
                    R"("amount":{"currency_code":"CNY","amount_minor":-9223372036854775808}}})",
                    &fact),
            "OK");
  EXPECT_EQ(fact.order_placed().order_id(), "7");
  EXPECT_TRUE(fact.order_placed().cross_sell());
  EXPECT_EQ(fact.order_placed().quantity(), 3);
  EXPECT_EQ(fact.order_placed().amount().amount_minor(), std::numeric_limits<int64_t>::min());
}

TEST(JsonMessage, AnIntegerIsWrittenAsOne) {
  constexpr char kRefused[] = "AMOUNT_NOT_INTEGER@fact.order_placed.amount.amount_minor";
  EXPECT_EQ(Amount("9223372036854775807"), "OK");
  for (const char* number : {"12.0", "1e3", "9223372036854775808", "-9223372036854775809",
                             "123456789012345678901234567890", "1e300", "\"\"", "\"12.5\""}) {
    EXPECT_EQ(Amount(number), kRefused) << number;
  }
  EXPECT_EQ(Amount("1e400"), "MALFORMED_JSON@order_placed.amount.amount_minor");
  EXPECT_EQ(Amount("true"), "WRONG_TYPE@fact.order_placed.amount.amount_minor");
  EXPECT_EQ(Verdict(R"({"decision_chain_changed":{"stance":2147483648}})"),
            "NOT_AN_INTEGER@fact.decision_chain_changed.stance")
      << "32 bits do not hold it";
}

TEST(JsonMessage, RefusesWhatIsRepeatedUnderAnotherName) {
  EXPECT_EQ(Verdict(R"({"order_placed":{"order_id":"a","orderId":"b"}})"),
            "TYPE_MISMATCH@fact.order_placed.order_id");
  EXPECT_EQ(Verdict(R"({"order_placed":{"order_id":"a","order_id":"b"}})"),
            "MALFORMED_JSON@order_placed.order_id");
  EXPECT_EQ(Verdict(R"({"order_placed":{},"survey_answered":{}})"),
            "TYPE_MISMATCH@fact.survey_answered");
}

TEST(JsonMessage, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(Verdict(R"({"order_placed":{"colour":1}})"), "UNKNOWN_FIELD@fact.order_placed.colour");
  EXPECT_EQ(Verdict(R"({"survey_answered":{"kind":"nps"}})"),
            "UNKNOWN_ENUM_VALUE@fact.survey_answered.kind");
  EXPECT_EQ(Verdict(R"({"survey_answered":{"kind":99999999999}})"),
            "UNKNOWN_ENUM_VALUE@fact.survey_answered.kind");
  EXPECT_EQ(Verdict("[]"), "WRONG_TYPE@fact");
  EXPECT_EQ(Verdict(R"({"order_placed":[]})"), "WRONG_TYPE@fact.order_placed");
}

}  // namespace
}  // namespace bellwether::json::message_test
