#include "services/gateway/application/fact_record.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "gtest/gtest.h"
#include "services/gateway/application/incoming_event.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway::fact_record_test {
namespace {

using events::v1::FactEvent;

std::string ProtobufData() { return SampleEvent("o-1", "acme").fact().SerializeAsString(); }

bus::Message Binary(const std::string& content_type, const std::string& data) {
  return SampleRecord("o-1", "acme", content_type, data);
}
bus::Message Structured(const std::string& data,
                        const std::string& content_type = "application/cloudevents+json") {
  return SampleStructuredRecord("o-1", "acme", data, content_type);
}

bus::Message With(bus::Message record, const std::string& name, const std::string& value) {
  for (bus::Header& header : record.headers) {
    if (header.name == name) {
      header.value = value;
      return record;
    }
  }
  record.headers.push_back({name, value});
  return record;
}

bus::Message Without(bus::Message record, const std::string& name) {
  std::erase_if(record.headers, [&](const bus::Header& header) { return header.name == name; });
  return record;
}

std::string Verdict(const bus::Message& record) {
  const auto event = ReadFactRecord(record);
  if (event.ok()) return "OK";
  const auto detail = DetailOf(event.status());
  if (!detail.has_value() || detail->rule != "X1") return event.status().ToString();
  return detail->reason + "@" + detail->field;
}

bus::Message JsonRecord() { return Binary("application/json", kSampleJson); }

TEST(FactRecord, IsTheSameEventInEveryModeAndFormat) {
  const std::string base64 = absl::Base64Escape(ProtobufData());
  const bus::Message records[] = {
      Binary("application/protobuf", ProtobufData()),
      JsonRecord(),
      Binary("Application/JSON; charset=UTF-8", kSampleJson),
      Binary("application/vnd.acme+json", kSampleJson),
      Structured(absl::StrCat(R"("data":)", kSampleJson)),
      Structured(absl::StrCat(R"("data":)", kSampleJson),
                 "Application/CloudEvents+JSON; charset=utf-8"),
      Structured(absl::StrCat(R"("datacontenttype":"application/json","data":)", kSampleJson)),
      Structured(absl::StrCat(R"("datacontenttype":"application/protobuf","data_base64":")", base64,
                              "\"")),
      Structured(absl::StrCat(R"("data_base64":")", absl::Base64Escape(kSampleJson), "\"")),
  };
  FactEvent expected = SampleEvent("o-1", "acme");
  for (const bus::Message& record : records) {
    const auto event = ReadFactRecord(record);
    ASSERT_TRUE(event.ok()) << record.value << event.status();
    EXPECT_EQ(event->SerializeAsString(), expected.SerializeAsString()) << record.value;
  }
}

TEST(FactRecord, NeedsNoKeyButNoOtherOneThanTheAccounts) {
  for (bus::Message record : {JsonRecord(), Structured(absl::StrCat(R"("data":)", kSampleJson))}) {
    record.key = "";
    EXPECT_EQ(Verdict(record), "OK");
    record.key = "acme-2";
    EXPECT_EQ(Verdict(record), "KEY_MISMATCH@key");
  }
  EXPECT_EQ(Verdict(Without(JsonRecord(), "ce_subject")), "OK")
      << "what is missing is found by validation";
}

TEST(FactRecord, WithoutAValueIsRefused) {
  EXPECT_EQ(Verdict(Binary("application/protobuf", "")), "MISSING_VALUE@value");
  EXPECT_EQ(Verdict(Binary("application/cloudevents+json", "")), "MISSING_VALUE@value");
  EXPECT_EQ(Verdict(bus::Message()), "MISSING_VALUE@value");
}

TEST(FactRecord, HasAttributesOfTheRightForm) {
  EXPECT_EQ(Verdict(JsonRecord()), "OK");
  EXPECT_EQ(Verdict(Without(JsonRecord(), "ce_specversion")),
            "UNSUPPORTED_SPECVERSION@specversion");
  EXPECT_EQ(Verdict(With(JsonRecord(), "ce_specversion", "0.3")),
            "UNSUPPORTED_SPECVERSION@specversion");
  EXPECT_EQ(Verdict(Without(JsonRecord(), "ce_type")), "UNKNOWN_FACT_KIND@type");
  EXPECT_EQ(Verdict(With(JsonRecord(), "ce_type", "com.other")), "UNKNOWN_FACT_KIND@type");
  EXPECT_EQ(Verdict(With(JsonRecord(), "ce_type", "bellwether.fact.usage_reported.v1")),
            "TYPE_MISMATCH@type");
  EXPECT_EQ(Verdict(With(JsonRecord(), "ce_time", "yesterday")), "TIME_INVALID@time");
  for (const char* name : {"ce_id", "ce_source", "ce_time"}) {
    EXPECT_EQ(Verdict(Without(JsonRecord(), name)), "OK") << "left to validation: " << name;
  }
  bus::Message twice = JsonRecord();
  twice.headers.push_back({"ce_id", "o-1"});
  EXPECT_EQ(Verdict(twice), "REPEATED_ATTRIBUTE@ce_id");
}

// Kafka compares header names as they are, and so does the binding.
TEST(FactRecord, PassesOverOtherHeaders) {
  EXPECT_EQ(Verdict(With(JsonRecord(), "CE_ID", "another")), "OK");
  EXPECT_EQ(Verdict(With(JsonRecord(), "ce_dataschema", "https://example.org/fact")), "OK");
  EXPECT_EQ(Verdict(With(JsonRecord(), "recorded_at", "1")), "OK") << "only we stamp";
  EXPECT_EQ(ReadFactRecord(With(Structured(absl::StrCat(R"("data":)", kSampleJson)), "ce_id", "no"))
                ->id(),
            "o-1")
      << "in structured mode the value decides";
}

TEST(FactRecord, HasDataOfAContentTypeWeRead) {
  const std::string unsupported = "UNSUPPORTED_CONTENT_TYPE@datacontenttype";
  EXPECT_EQ(Verdict(Without(JsonRecord(), "content-type")), unsupported);
  for (const char* type : {"", "text/plain", "application/avro", "application/json;charset=gbk"}) {
    EXPECT_EQ(Verdict(Binary(type, kSampleJson)), unsupported) << type;
  }
  EXPECT_EQ(Verdict(Structured(
                absl::StrCat(R"("datacontenttype":"application/protobuf","data":)", kSampleJson))),
            unsupported);
  EXPECT_EQ(Verdict(Structured(R"("datacontenttype":"application/avro","data_base64":"AAAA")")),
            unsupported);
  for (const char* type :
       {"application/cloudevents", "application/cloudevents+avro",
        "application/cloudevents-batch+json", "application/cloudevents+json; charset=latin1"}) {
    EXPECT_EQ(Verdict(Structured(absl::StrCat(R"("data":)", kSampleJson), type)),
              "UNSUPPORTED_CONTENT_TYPE@content-type")
        << type;
  }
}

TEST(FactRecord, NamesWhatIsWrongWithItsData) {
  EXPECT_EQ(Verdict(Binary("application/protobuf", "\xff\xff")), "MALFORMED_PROTOBUF@fact");
  EXPECT_EQ(Verdict(Binary("application/json", "{")), "MALFORMED_JSON@");
  EXPECT_EQ(Verdict(Binary("application/json", "{}")), "TYPE_MISMATCH@type");
  EXPECT_EQ(Verdict(Binary("application/json", R"({"order_placed":{"colour":1}})")),
            "UNKNOWN_FIELD@fact.order_placed.colour");
  EXPECT_EQ(
      Verdict(Binary("application/json", R"({"order_placed":{"amount":{"amount_minor":12.0}}})")),
      "AMOUNT_NOT_INTEGER@fact.order_placed.amount.amount_minor");
  EXPECT_EQ(Verdict(Binary("application/protobuf", std::string(300 << 10, 'x'))), "TOO_LARGE@");
  EXPECT_EQ(Verdict(Binary("application/json", std::string(300 << 10, ' '))), "TOO_LARGE@");
  EXPECT_EQ(Verdict(Structured(absl::StrCat(R"("data":")", std::string(300 << 10, 'x'), "\""))),
            "TOO_LARGE@");
  EXPECT_EQ(Verdict(Structured(R"("other":1)")), "UNKNOWN_FACT_KIND@fact");
  EXPECT_EQ(Verdict(Structured(R"("data":"text")")), "WRONG_TYPE@fact");
  EXPECT_EQ(Verdict(Structured(R"("datacontenttype":7,"data":{})")), "WRONG_TYPE@datacontenttype");
  EXPECT_EQ(Verdict(Structured(R"("data_base64":"***")")), "MALFORMED_BASE64@data_base64");
  EXPECT_EQ(Verdict(Structured(R"("data_base64":{})")), "MALFORMED_BASE64@data_base64");
  EXPECT_EQ(Verdict(Structured(R"("data":{},"data_base64":"AAAA")")), "TYPE_MISMATCH@data_base64");
  bus::Message no_event = Structured("");
  no_event.value = "no json";
  EXPECT_EQ(Verdict(no_event), "MALFORMED_JSON@");
}

// The letter of a record is the record: what is replayed is what came.
TEST(FactRecord, SurvivesItsDeadLetter) {
  IncomingEvent event;
  event.form = IncomingEvent::Form::kRecord;
  event.record = With(JsonRecord(), "traceparent", "00-0af7651916cd43dd8448eb211c80319c-1-01");
  event.place = absl::StrCat(bus::kFactsTopic, "/3/17");
  event.traceparent = "00-0af7651916cd43dd8448eb211c80319c-1-01";
  const bus::Message original = event.record;
  const bus::Message letter = ToDeadLetter(
      std::move(event), InvalidArgument("TIME_AHEAD", "time", "too early", "X1"), kSampleTime);
  std::vector<bus::HeaderView> views;
  for (const bus::Header& header : letter.headers) views.push_back({header.name, header.value});
  bus::Record record{.key = letter.key, .value = letter.value, .headers = views};
  const auto decoded = journal::DecodeDeadLetter(record);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->place, "bellwether.facts.v1/3/17");
  EXPECT_EQ(decoded->refusal.reason, "TIME_AHEAD");
  const auto again = FromDeadLetter(*decoded);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->form, IncomingEvent::Form::kRecord);
  EXPECT_EQ(again->record.key, original.key);
  EXPECT_EQ(again->record.value, original.value);
  ASSERT_EQ(again->record.headers.size(), original.headers.size());
  for (size_t i = 0; i < original.headers.size(); ++i) {
    EXPECT_EQ(again->record.headers[i].name, original.headers[i].name);
    EXPECT_EQ(again->record.headers[i].value, original.headers[i].value);
  }
}

// Damaged in every way that single bytes can be: always an event or a named reason.
TEST(FactRecord, NeverFailsWithoutAReason) {
  for (const bus::Message& whole :
       {Binary("application/protobuf", ProtobufData()), JsonRecord(),
        Structured(absl::StrCat(R"("datacontenttype":"application/protobuf","data_base64":")",
                                absl::Base64Escape(ProtobufData()), "\""))}) {
    for (size_t at = 0; at < whole.value.size(); ++at) {
      for (int put = 0; put < 256; put += 3) {
        bus::Message damaged = whole;
        damaged.value[at] = static_cast<char>(put);
        const absl::Status status = ReadFactRecord(damaged).status();
        ASSERT_TRUE(status.ok() || DetailOf(status).has_value()) << damaged.value;
      }
    }
  }
}

}  // namespace
}  // namespace bellwether::gateway::fact_record_test
