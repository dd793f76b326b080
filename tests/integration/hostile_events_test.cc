// Malformed events of every kind: each is answered for, kept whole, and stops nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/feed/stall_guard.h"
#include "common/testing/await.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::hostile_events_test {
namespace {

using events::v1::FactEvent;

class HostileEventsTest : public StandaloneTest {
 protected:
  static FactEvent GoodFact(int number) {
    FactEvent fact = Fact("acme", absl::StrCat("good-", number), absl::Now());
    auto& order = *fact.mutable_fact()->mutable_order_placed();
    order.set_order_id(absl::StrCat("o", number));
    order.mutable_amount()->set_currency_code("CNY");
    order.mutable_amount()->set_amount_minor(100);
    return fact;
  }

  // A good fact with one thing wrong.
  struct Broken {
    std::string reason;
    std::function<void(FactEvent&)> spoil;
  };
  static std::vector<Broken> BrokenFacts() {
    return {
        {"MISSING_ID", [](FactEvent& f) { f.clear_id(); }},
        {"ID_INVALID", [](FactEvent& f) { f.set_id(std::string(129, 'x')); }},
        {"MISSING_SOURCE", [](FactEvent& f) { f.clear_source(); }},
        {"MISSING_ACCOUNT", [](FactEvent& f) { f.clear_account_id(); }},
        {"ACCOUNT_INVALID", [](FactEvent& f) { f.set_account_id("accounts/acme corp"); }},
        {"MISSING_TIME", [](FactEvent& f) { f.clear_time(); }},
        {"TIME_INVALID", [](FactEvent& f) { f.mutable_time()->set_nanos(-1); }},
        {"TIME_AHEAD",
         [](FactEvent& f) { f.mutable_time()->set_seconds(f.time().seconds() + 86'400); }},
        {"UNKNOWN_FACT_KIND", [](FactEvent& f) { f.clear_fact(); }},
        {"UNKNOWN_CURRENCY",
         [](FactEvent& f) {
           f.mutable_fact()->mutable_order_placed()->mutable_amount()->set_currency_code("XXX");
         }},
        {"UNKNOWN_ENUM_VALUE",
         [](FactEvent& f) {
           f.mutable_fact()->mutable_survey_answered()->set_kind(
               static_cast<events::v1::SurveyKind>(77));
         }},
    };
  }

  // CloudEvents documents with one thing wrong.
  static std::vector<std::pair<std::string, std::string>> BrokenDocuments() {
    const auto document = [](const std::string& type, const std::string& data) {
      return absl::StrCat(R"({"specversion":"1.0","id":"d","source":"test","subject":"acme",)",
                          R"("time":"2026-01-01T00:00:00Z","type":")", type, R"(","data":)", data,
                          "}");
    };
    return {
        {"MALFORMED_JSON", "{\"specversion\": \"1.0\","},
        {"MALFORMED_JSON", std::string("\xFF\x00\xFE", 3)},
        {"UNKNOWN_FACT_KIND", document("bellwether.fact.weather_changed.v1", "{}")},
        {"AMOUNT_NOT_INTEGER",
         document("bellwether.fact.order_placed.v1",
                  R"({"orderPlaced":{"amount":{"currencyCode":"CNY","amountMinor":12.5}}})")},
    };
  }
};

TEST_F(HostileEventsTest, EachIsAnsweredKeptWholeAndStopsNothing) {
  Boot();
  GoLive();
  const auto ingest = Stub<ingest::v1::IngestService>();
  grpc::ClientContext context;
  feed::StallGuard guard(context, absl::Seconds(30));
  const auto stream = ingest->StreamFacts(&context);
  // sequence → the reason it must be refused for; empty: accepted.
  std::map<int64_t, std::string> expected;
  const auto write = [&](ingest::v1::StreamFactsRequest request, const std::string& reason) {
    const auto sequence = static_cast<int64_t>(expected.size());
    request.set_sequence(sequence);
    expected[sequence] = reason;
    ASSERT_TRUE(stream->Write(request));
  };
  int number = 0;
  const auto write_good = [&] {
    ingest::v1::StreamFactsRequest request;
    *request.mutable_fact() = GoodFact(++number);
    write(request, "");
  };
  for (const Broken& broken : BrokenFacts()) {
    ingest::v1::StreamFactsRequest request;
    *request.mutable_fact() = GoodFact(1'000 + number);
    broken.spoil(*request.mutable_fact());
    write(request, broken.reason);
    write_good();
  }
  for (const auto& [reason, document] : BrokenDocuments()) {
    ingest::v1::StreamFactsRequest request;
    request.set_cloud_event_json(document);
    write(request, reason);
    write_good();
  }
  ingest::v1::StreamFactsRequest huge;
  *huge.mutable_fact() = GoodFact(5'000);
  huge.mutable_fact()->mutable_fact()->mutable_order_placed()->set_product(
      std::string(2 << 20, 'x'));
  write(huge, "TOO_LARGE");
  write_good();
  write(ingest::v1::StreamFactsRequest(), "*");  // nothing at all
  write_good();
  stream->WritesDone();

  std::map<int64_t, ingest::v1::StreamFactsResponse> answers;
  ingest::v1::StreamFactsResponse answer;
  while (stream->Read(&answer)) {
    EXPECT_TRUE(answers.emplace(answer.sequence(), answer).second) << answer.DebugString();
  }
  const grpc::Status status = stream->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(answers.size(), expected.size());
  size_t refused = 0;
  for (const auto& [sequence, reason] : expected) {
    const auto& given = answers.at(sequence);
    if (reason.empty()) {
      EXPECT_EQ(given.state(), ingest::v1::ANSWER_STATE_ACCEPTED) << given.DebugString();
      continue;
    }
    ++refused;
    EXPECT_EQ(given.state(), ingest::v1::ANSWER_STATE_REJECTED) << reason;
    if (reason != "*") {
      EXPECT_EQ(given.rejection().reason(), reason) << given.DebugString();
    }
    EXPECT_FALSE(given.rejection().reason().empty());
    EXPECT_FALSE(given.rejection().message().empty()) << given.DebugString();
  }

  // Every refused one lies in the dead letters, with its reason.
  std::multimap<std::string, ingest::v1::DeadLetter> letters;
  ASSERT_TRUE(testing::Await([&] {
    letters.clear();
    ingest::v1::ListDeadLettersRequest request;
    request.set_page_size(1'000);
    const auto page = Call(*ingest, &ingest::v1::IngestService::Stub::ListDeadLetters, request);
    if (!page.ok()) return false;
    for (const auto& letter : page->dead_letters()) {
      letters.emplace(letter.rejection().reason(), letter);
    }
    return letters.size() >= refused;
  }));
  EXPECT_EQ(letters.size(), refused);
  for (const auto& [sequence, reason] : expected) {
    if (reason.empty() || reason == "*") continue;
    ASSERT_TRUE(letters.contains(reason)) << reason;
    EXPECT_EQ(letters.find(reason)->second.refused_by(), "gateway");
  }
  // The whole document, byte for byte.
  const auto [begin, end] = letters.equal_range("MALFORMED_JSON");
  bool found = false;
  for (auto it = begin; it != end; ++it) {
    found = found || it->second.value() == BrokenDocuments()[0].second;
  }
  EXPECT_TRUE(found);

  // And the good ones counted.
  EXPECT_EQ(OutcomeOf(GoodFact(1)), health::v1::OUTCOME_COUNTED);
  EXPECT_EQ(OutcomeOf(GoodFact(number)), health::v1::OUTCOME_COUNTED);

  const CtlRun shown = Ctl({"dead-letters", "list", "--limit", "100"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, ::testing::HasSubstr("AMOUNT_NOT_INTEGER"));
  // A letter that is still wrong is refused again, with the same reason.
  const CtlRun replayed =
      Ctl({"dead-letters", "replay", letters.find("UNKNOWN_CURRENCY")->second.name()});
  EXPECT_EQ(replayed.exit_code, 1) << replayed.out;
  EXPECT_THAT(replayed.err, ::testing::HasSubstr("UNKNOWN_CURRENCY"));
}

}  // namespace
}  // namespace bellwether::hostile_events_test
