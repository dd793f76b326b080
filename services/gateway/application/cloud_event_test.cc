#include "services/gateway/application/cloud_event.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::cloud_event_test {
namespace {

std::string Document(const std::string& data,
                     const std::string& type = "bellwether.fact.order_placed.v1") {
  return absl::StrCat(R"({"specversion":"1.0","type":")", type,
                      R"(","source":"crm/test","id":"o-1","subject":"acme",)",
                      R"("time":"2025-11-24T16:00:00.25+08:00","data":)", data, "}");
}

std::string Verdict(absl::string_view document) {
  const auto event = ParseCloudEvent(document);
  if (event.ok()) return "OK";
  const auto detail = DetailOf(event.status());
  return detail.has_value() ? detail->reason + "@" + detail->field : event.status().ToString();
}

std::string OrderVerdict(const std::string& fields) {
  return Verdict(Document(R"({"order_placed":{)" + fields + "}}"));
}

TEST(CloudEvent, BecomesAFactEvent) {
  const auto event = ParseCloudEvent(Document(
      R"({"order_placed":{"amount":{"currency_code":"CNY","amount_minor":"9007199254740993"},
          "quantity":3,"crossSell":true,"product":"\u4e2d","opportunity_id":null}})"));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->id(), "o-1");
  EXPECT_EQ(event->source(), "crm/test");
  EXPECT_EQ(event->account_id(), "acme");
  EXPECT_EQ(journal::FormatRfc3339(*journal::FromTimestamp(event->time())),
            "2025-11-24T08:00:00.250000Z");
  const auto& order = event->fact().order_placed();
  EXPECT_EQ(order.amount().amount_minor(), 9'007'199'254'740'993) << "no double in between";
  EXPECT_EQ(order.quantity(), 3);
  EXPECT_TRUE(order.cross_sell());
  EXPECT_EQ(order.product(), "\u4e2d");
}

TEST(CloudEvent, ReadsEnumsListsAndNestedTimes) {
  const auto held = ParseCloudEvent(Document(
      R"({"interaction_held":{"channel":"INTERACTION_CHANNEL_VISIT","person_ids":["a","b"],
          "level":4}})",
      "bellwether.fact.interaction_held.v1"));
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_EQ(held->fact().interaction_held().channel(), events::v1::INTERACTION_CHANNEL_VISIT);
  EXPECT_EQ(held->fact().interaction_held().person_ids_size(), 2);
  EXPECT_EQ(held->fact().interaction_held().level(), events::v1::CONTACT_LEVEL_EXECUTIVE);
  const auto due = ParseCloudEvent(Document(
      R"({"payment_due":{"due_time":"2026-01-01T00:00:00Z"}})", "bellwether.fact.payment_due.v1"));
  ASSERT_TRUE(due.ok()) << due.status();
  EXPECT_EQ(due->fact().payment_due().due_time().seconds(), 1'767'225'600);
}

TEST(CloudEvent, PassesOverOtherAttributes) {
  EXPECT_EQ(Verdict(absl::StrReplaceAll(
                Document(R"({"order_placed":{}})"),
                {{R"("specversion")",
                  R"("datacontenttype":"application/json","ext":[1],"specversion")"}})),
            "OK");
}

TEST(CloudEvent, RefusesAmountsThatAreNoIntegers) {
  const std::string path = "@fact.order_placed.amount.amount_minor";
  for (const char* amount : {"12.5", "12.0", "1e3", "1E2", "\"12.0\"", "\"\"", "\" 12\"", "\"+12\"",
                             "\"1,000\"", "99999999999999999999", "\"-\""}) {
    EXPECT_EQ(OrderVerdict(absl::StrCat(R"("amount":{"amount_minor":)", amount, "}")),
              "AMOUNT_NOT_INTEGER" + path)
        << amount;
  }
  for (const char* amount : {"12", "-12", "\"12\"", "0", "9223372036854775807"}) {
    EXPECT_EQ(OrderVerdict(absl::StrCat(R"("amount":{"amount_minor":)", amount, "}")), "OK");
  }
  EXPECT_EQ(OrderVerdict(R"("amount":{"amountMinor":true})"), "WRONG_TYPE" + path);
}

TEST(CloudEvent, NamesTheFieldAtFault) {
  EXPECT_EQ(OrderVerdict(R"("quantity":1.5)"), "NOT_AN_INTEGER@fact.order_placed.quantity");
  EXPECT_EQ(OrderVerdict(R"("quantity":[])"), "WRONG_TYPE@fact.order_placed.quantity");
  EXPECT_EQ(OrderVerdict(R"("product":1)"), "WRONG_TYPE@fact.order_placed.product");
  EXPECT_EQ(OrderVerdict(R"("cross_sell":"true")"), "WRONG_TYPE@fact.order_placed.cross_sell");
  EXPECT_EQ(OrderVerdict(R"("amount":5)"), "WRONG_TYPE@fact.order_placed.amount");
  EXPECT_EQ(OrderVerdict(R"("colour":"red")"), "UNKNOWN_FIELD@fact.order_placed.colour");
  EXPECT_EQ(OrderVerdict(R"("cross_sell":true,"crossSell":false)"),
            "TYPE_MISMATCH@fact.order_placed.cross_sell");
  const auto usage = [](const std::string& fields) {
    return Verdict(
        Document(R"({"usage_reported":{)" + fields + "}}", "bellwether.fact.usage_reported.v1"));
  };
  EXPECT_EQ(usage(R"("features_used":2147483648)"),
            "NOT_AN_INTEGER@fact.usage_reported.features_used");
  const auto survey = [](const std::string& kind) {
    return Verdict(Document(R"({"survey_answered":{"kind":)" + kind + "}}",
                            "bellwether.fact.survey_answered.v1"));
  };
  EXPECT_EQ(survey(R"("SURVEY_KIND_NPS")"), "OK");
  for (const char* kind : {R"("NPS")", "3", "-1", "99999999999"}) {
    EXPECT_EQ(survey(kind), "UNKNOWN_ENUM_VALUE@fact.survey_answered.kind") << kind;
  }
  EXPECT_EQ(survey("true"), "WRONG_TYPE@fact.survey_answered.kind");
  EXPECT_EQ(
      Verdict(Document(R"({"payment_due":{"due_time":"soon"}})", "bellwether.fact.payment_due.v1")),
      "TIME_INVALID@fact.payment_due.due_time");
  EXPECT_EQ(Verdict(Document(R"({"interaction_held":{"person_ids":["a",1]}})",
                             "bellwether.fact.interaction_held.v1")),
            "WRONG_TYPE@fact.interaction_held.person_ids");
}

TEST(CloudEvent, HasATypeThatItsDataIsOf) {
  EXPECT_EQ(Verdict(Document("{}", "com.other.event")), "UNKNOWN_FACT_KIND@type");
  EXPECT_EQ(Verdict(Document("{}")), "TYPE_MISMATCH@type");
  EXPECT_EQ(Verdict(Document("null")), "UNKNOWN_FACT_KIND@fact");
  EXPECT_EQ(Verdict(Document(R"({"usage_reported":{}})")), "TYPE_MISMATCH@type");
  EXPECT_EQ(Verdict(Document(R"({"order_placed":{},"usage_reported":{}})")),
            "TYPE_MISMATCH@fact.usage_reported");
  EXPECT_EQ(Verdict(Document(R"("text")")), "WRONG_TYPE@fact");
}

TEST(CloudEvent, HasAttributesOfTheRightForm) {
  const std::string valid = Document(R"({"order_placed":{}})");
  EXPECT_EQ(Verdict(valid), "OK");
  EXPECT_EQ(Verdict(absl::StrReplaceAll(valid, {{"\"1.0\"", "\"0.3\""}})),
            "UNSUPPORTED_SPECVERSION@specversion");
  EXPECT_EQ(Verdict(absl::StrReplaceAll(valid, {{"\"specversion\":\"1.0\",", ""}})),
            "UNSUPPORTED_SPECVERSION@specversion");
  EXPECT_EQ(Verdict(absl::StrReplaceAll(valid, {{"\"o-1\"", "1"}})), "WRONG_TYPE@id");
  EXPECT_EQ(Verdict(absl::StrReplaceAll(valid, {{"\"acme\"", "{}"}})), "WRONG_TYPE@account_id");
  EXPECT_EQ(Verdict(absl::StrReplaceAll(valid, {{"2025-11-24T16", "yesterday"}})),
            "TIME_INVALID@time");
  EXPECT_EQ(Verdict(absl::StrReplaceAll(valid, {{"\"subject\"", "\"object\""}})), "OK")
      << "what is missing is found by validation";
}

TEST(CloudEvent, RefusesWhatIsNoJsonOrTooLarge) {
  EXPECT_EQ(Verdict(""), "MALFORMED_JSON@");
  EXPECT_EQ(Verdict("{\"specversion\":"), "MALFORMED_JSON@specversion");
  EXPECT_EQ(Verdict("[]"), "MALFORMED_JSON@");
  EXPECT_EQ(Verdict(Document(R"({"order_placed":{}})") + "{}"), "MALFORMED_JSON@");
  EXPECT_EQ(Verdict(std::string(10 << 20, ' ')), "TOO_LARGE@");
}

// Damaged in every way that single bytes can be: always an event or a named reason.
TEST(CloudEvent, NeverFailsWithoutAReason) {
  const std::string whole = Document(
      R"({"interaction_held":{"channel":"INTERACTION_CHANNEL_CALL","person_ids":["\u4e2d","b"]}})",
      "bellwether.fact.interaction_held.v1");
  ASSERT_EQ(Verdict(whole), "OK");
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const char put : {'"', '\\', '{', '}', '[', ',', ':', '0', '-', '.', 'e', '\0', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = put;
      const absl::Status status = ParseCloudEvent(damaged).status();
      ASSERT_TRUE(status.ok() || DetailOf(status).has_value()) << damaged;
      damaged.insert(at, 1, put);
      const absl::Status longer = ParseCloudEvent(damaged).status();
      ASSERT_TRUE(longer.ok() || DetailOf(longer).has_value()) << damaged;
    }
  }
}

}  // namespace
}  // namespace bellwether::gateway::cloud_event_test
