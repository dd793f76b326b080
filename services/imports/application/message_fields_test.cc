#include "services/imports/application/message_fields.h"

#include <gtest/gtest.h>

#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/base/status.h"

namespace bellwether::imports::message_fields_test {
namespace {

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : "";
}

TEST(SetField, ConvertsTextToWhatTheFieldHolds) {
  events::v1::Fact fact;
  EXPECT_TRUE(SetField(fact, "order_placed.amount.amount_minor", std::string("1250")).ok());
  EXPECT_TRUE(SetField(fact, "order_placed.cross_sell", std::string("true")).ok());
  EXPECT_EQ(fact.order_placed().amount().amount_minor(), 1250);
  EXPECT_TRUE(fact.order_placed().cross_sell());

  EXPECT_TRUE(SetField(fact, "survey_answered.kind", std::string("nps")).ok());
  EXPECT_EQ(fact.survey_answered().kind(), events::v1::SURVEY_KIND_NPS);
  EXPECT_TRUE(SetField(fact, "survey_answered.kind", std::string("SURVEY_KIND_CSAT")).ok());
  EXPECT_EQ(fact.survey_answered().kind(), events::v1::SURVEY_KIND_CSAT);

  EXPECT_TRUE(
      SetField(fact, "payment_due.due_time", std::string("2026-03-01T08:00:00+08:00")).ok());
  EXPECT_EQ(ToTime(fact.payment_due().due_time()), absl::FromUnixSeconds(1772323200));
}

TEST(SetField, FillsRepeatedFieldsInOrder) {
  accounts::v1::Account account;
  EXPECT_TRUE(SetField(account, "external_ids.0.source", std::string("crm")).ok());
  EXPECT_TRUE(SetField(account, "external_ids.0.id", std::string("7")).ok());
  EXPECT_TRUE(SetField(account, "external_ids.1.id", std::string("8")).ok());
  ASSERT_EQ(account.external_ids_size(), 2);
  EXPECT_EQ(account.external_ids(0).source(), "crm");
  EXPECT_EQ(account.external_ids(0).id(), "7");
  EXPECT_EQ(ReasonOf(SetField(account, "external_ids.3.id", std::string("9"))), "UNKNOWN_FIELD");
}

TEST(SetField, RefusesWhatDoesNotFit) {
  events::v1::Fact fact;
  EXPECT_EQ(ReasonOf(SetField(fact, "order_placed.quantity", std::string("1.5"))), "WRONG_TYPE");
  EXPECT_EQ(ReasonOf(SetField(fact, "order_placed.cross_sell", std::string("yes"))), "WRONG_TYPE");
  EXPECT_EQ(ReasonOf(SetField(fact, "order_placed.price", std::string("1"))), "UNKNOWN_FIELD");
  EXPECT_EQ(ReasonOf(SetField(fact, "order_placed", std::string("1"))), "UNKNOWN_FIELD");
  EXPECT_EQ(ReasonOf(SetField(fact, "order_placed.product.name", std::string("1"))),
            "UNKNOWN_FIELD");
  EXPECT_EQ(ReasonOf(SetField(fact, "survey_answered.kind", std::string("gut feeling"))),
            "UNKNOWN_ENUM_VALUE");
  EXPECT_EQ(ReasonOf(SetField(fact, "decision_chain_changed.stance", int64_t{1} << 40)),
            "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(SetField(fact, "payment_due.due_time", std::string("tomorrow"))),
            "WRONG_TYPE");
}

TEST(ForEachTimestamp, FindsThemAtAnyDepth) {
  opportunities::v1::CreateOpportunityRequest request;
  SetTime(*request.mutable_opportunity()->mutable_engage_time(), absl::FromUnixMillis(1500));
  SetTime(*request.mutable_opportunity()->mutable_close_time(), absl::FromUnixMillis(-1500));
  int found = 0;
  ForEachTimestamp(request, [&](google::protobuf::Message& timestamp) {
    ++found;
    SetTime(timestamp, ToTime(timestamp) + absl::Seconds(1));
  });
  EXPECT_EQ(found, 2);
  EXPECT_EQ(ToTime(request.opportunity().engage_time()), absl::FromUnixMillis(2500));
  EXPECT_EQ(ToTime(request.opportunity().close_time()), absl::FromUnixMillis(-500));
}

}  // namespace
}  // namespace bellwether::imports::message_fields_test
