// A valid fact event of every kind, and one as it may come on the topic.
#ifndef BELLWETHER_SERVICES_GATEWAY_TESTING_SAMPLE_FACTS_H_
#define BELLWETHER_SERVICES_GATEWAY_TESTING_SAMPLE_FACTS_H_

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/bus/bus.h"
#include "common/currency/currency_table.h"
#include "common/journal/timestamps.h"

namespace bellwether::gateway {

inline const absl::Time kSampleTime = absl::FromUnixSeconds(1'764'000'000);

inline CurrencyTable SampleCurrencies() {
  return *CurrencyTable::Create("CNY", {{"CNY", 2, 1'000'000, 1}, {"USD", 2, 7'120'000, 1}});
}

inline events::v1::FactEvent SampleEvent(const std::string& id, const std::string& account) {
  events::v1::FactEvent event;
  event.set_id(id);
  event.set_source("crm/test");
  event.set_account_id(account);
  *event.mutable_time() = journal::ToTimestamp(kSampleTime);
  event.mutable_fact()->mutable_order_placed()->mutable_amount()->set_amount_minor(12'345);
  return event;
}

// SampleEvent's data as JSON.
inline constexpr char kSampleJson[] = R"({"order_placed":{"amount":{"amount_minor":12345}}})";

// SampleEvent as a record of the facts topic, in binary mode.
inline bus::Message SampleRecord(const std::string& id, const std::string& account,
                                 const std::string& content_type, const std::string& data) {
  return {.key = account,
          .headers = {{"ce_specversion", "1.0"},
                      {"ce_id", id},
                      {"ce_source", "crm/test"},
                      {"ce_type", "bellwether.fact.order_placed.v1"},
                      {"ce_subject", account},
                      {"ce_time", journal::FormatRfc3339(kSampleTime)},
                      {"content-type", content_type}},
          .value = data};
}
inline bus::Message SampleRecord(const std::string& id, const std::string& account) {
  return SampleRecord(id, account, "application/json", kSampleJson);
}

// In structured mode; `data` are the members that hold it.
inline bus::Message SampleStructuredRecord(
    const std::string& id, const std::string& account, const std::string& data,
    const std::string& content_type = "application/cloudevents+json; charset=UTF-8") {
  return {.key = account,
          .headers = {{"content-type", content_type}},
          .value = absl::StrCat(R"({"specversion":"1.0","type":"bellwether.fact.order_placed.v1",)",
                                R"("source":"crm/test","id":")", id, R"(","subject":")", account,
                                R"(","time":")", journal::FormatRfc3339(kSampleTime), R"(",)", data,
                                "}")};
}

// SampleEvent once in each mode and format.
inline std::vector<bus::Message> SampleRecordsOfEveryForm(const std::string& id,
                                                          const std::string& account) {
  const std::string protobuf = SampleEvent(id, account).fact().SerializeAsString();
  return {
      SampleRecord(id, account, "application/protobuf", protobuf),
      SampleRecord(id, account),
      SampleStructuredRecord(id, account, absl::StrCat(R"("data":)", kSampleJson)),
      SampleStructuredRecord(
          id, account,
          absl::StrCat(R"("datacontenttype":"application/protobuf",)", R"("data_base64":")",
                       absl::Base64Escape(protobuf), "\"")),
  };
}

inline std::vector<events::v1::Fact> SampleFacts() {
  using events::v1::Fact;
  std::vector<Fact> facts;
  const auto add = [&]() -> Fact& { return facts.emplace_back(); };
  add().mutable_order_placed()->mutable_amount()->set_amount_minor(1);
  add().mutable_payment_due()->mutable_amount()->set_amount_minor(1);
  add().mutable_payment_received()->mutable_amount()->set_amount_minor(1);
  add().mutable_payment_overdue()->mutable_amount()->set_amount_minor(1);
  add().mutable_usage_reported();
  add().mutable_business_value_measured()->set_roi_micros(1);
  add().mutable_case_opened()->set_case_id("c");
  add().mutable_case_first_responded()->set_case_id("c");
  add().mutable_case_resolved()->set_case_id("c");
  add().mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
  add().mutable_interaction_held()->set_channel(events::v1::INTERACTION_CHANNEL_VISIT);
  add().mutable_decision_chain_changed()->set_change(
      events::v1::DECISION_CHAIN_CHANGE_PERSON_ADDED);
  auto* budget = add().mutable_budget_changed();
  budget->mutable_previous();
  budget->mutable_current();
  add().mutable_competitor_activity_observed()->set_competitor("rival");
  add().mutable_resource_spent()->set_resource_kind("technical");
  add().mutable_sentiment_observed()->set_channel("call");
  add().mutable_device_usage_reported();
  add().mutable_cooperation_changed();
  add().mutable_revenue_growth_reported();
  add().mutable_account_manager_changed();
  add().mutable_strategic_meeting_held();
  add().mutable_order_refunded()->mutable_amount()->set_amount_minor(1);
  add().mutable_fact_retracted()->set_id("42");
  return facts;
}

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TESTING_SAMPLE_FACTS_H_
