#include "services/gateway/webhooks/webhook_events.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::webhook_events_test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// A change of so many records that holds `filler` beside them.
std::string Change(size_t records, size_t filler) {
  return absl::StrCat(R"({"payload":{"ChangeEventHeader":{"recordIds":[)",
                      absl::StrJoin(std::vector<std::string>(records, R"("r")"), ","),
                      R"(]},"Name":")", std::string(filler, 'x'), R"("}})");
}

absl::StatusOr<std::vector<json::Value>> EventsOf(std::string body) {
  WebhookSource source;
  source.spec.set_format(webhooks::v1::WEBHOOK_FORMAT_SALESFORCE_CHANGE_EVENT);
  return WebhookEventsOf(source, {.method = "POST",
                                  .headers = {{"content-type", "application/json"}},
                                  .body = std::move(body)});
}

std::string RefusalOf(std::string body) {
  const auto events = EventsOf(std::move(body));
  return events.ok() ? "" : DetailOf(events.status())->reason;
}

TEST(ChangeEvents, AreOneForEachRecordWithoutTheListOfAll) {
  const auto events =
      EventsOf(R"({"schema":"s","payload":{"ChangeEventHeader":{"recordIds":["1","2"]},"a":1}})");
  ASSERT_TRUE(events.ok()) << events.status();
  std::vector<std::string> texts;
  for (const json::Value& event : *events) texts.push_back(TextOf(event));
  EXPECT_THAT(texts, ElementsAre(R"({"payload":{"ChangeEventHeader":{},"a":1},"recordId":"1"})",
                                 R"({"payload":{"ChangeEventHeader":{},"a":1},"recordId":"2"})"));
}

TEST(ChangeEvents, HoldSixteenMebibytesAtMostTogether) {
  constexpr size_t kRecords = 512;
  constexpr size_t kBytes = kWebhookRecordBytesMax / kRecords;
  const size_t frame = TextOf(EventsOf(Change(1, 0))->front()).size() -
                       absl::string_view(R"(,"recordId":"r")").size();
  EXPECT_THAT(*EventsOf(Change(kRecords, kBytes - frame)), SizeIs(kRecords));
  EXPECT_EQ(RefusalOf(Change(kRecords, kBytes - frame + 1)), "TOO_MANY_EVENTS");
  EXPECT_EQ(RefusalOf(absl::StrCat("[", Change(kRecords, kBytes - frame), ",", Change(1, 0), "]")),
            "TOO_MANY_EVENTS")
      << "all of a delivery together";
}

}  // namespace
}  // namespace bellwether::gateway::webhook_events_test
