#include "services/gateway/web/events_endpoint.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::events_endpoint_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

http::ServerRequest Request(const std::string& content_type, const std::string& body,
                            http::Headers more = {}) {
  more.emplace_back("content-type", content_type);
  return {.method = "POST", .path = "/v1/events", .headers = std::move(more), .body = body};
}

std::string ReasonOf(const http::ServerRequest& request) {
  const auto events = ReceivedEventsOf(request);
  return events.ok() ? "" : DetailOf(events.status())->reason;
}

TEST(EventsEndpoint, PassesAStructuredEventOnAsItIs) {
  const auto events =
      ReceivedEventsOf(Request("application/cloudevents+json; charset=utf-8", R"({"id": 1})"));
  ASSERT_TRUE(events.ok());
  EXPECT_THAT(events->documents, ElementsAre(R"({"id": 1})"));
  EXPECT_FALSE(events->batch);
}

TEST(EventsEndpoint, TakesABatchApart) {
  const auto events =
      ReceivedEventsOf(Request("application/cloudevents-batch+json", R"([{"id": "a,]"}, {}])"));
  ASSERT_TRUE(events.ok());
  EXPECT_THAT(events->documents, ElementsAre(R"({"id": "a,]"})", "{}"));
  EXPECT_TRUE(events->batch);
}

TEST(EventsEndpoint, MakesAStructuredEventOfABinaryOne) {
  const auto events = ReceivedEventsOf(
      Request("application/json", "{}",
              {{"ce-specversion", "1.0"}, {"ce-subject", "%E5%AE%A2"}, {"ce-data", "forged"}}));
  ASSERT_TRUE(events.ok());
  EXPECT_THAT(
      events->documents,
      ElementsAre(R"({"specversion":"1.0","subject":"客","datacontenttype":"application/json",)"
                  R"("data_base64":"e30="})"));
}

TEST(EventsEndpoint, KeepsDataFromSpeakingForTheEvent) {
  const auto events =
      ReceivedEventsOf(Request("application/json", R"(1},"subject":"other")",
                               {{"ce-specversion", "1.0"}, {"ce-subject", "mine"}}));
  ASSERT_TRUE(events.ok());
  EXPECT_THAT(events->documents, ElementsAre(::testing::Not(HasSubstr("other"))));
}

TEST(EventsEndpoint, RefusesWhatIsNoCloudEvent) {
  EXPECT_EQ(ReasonOf(Request("application/json", "{}")), "UNSUPPORTED_CONTENT_TYPE");
  EXPECT_EQ(ReasonOf(Request("application/cloudevents+avro", "")), "UNSUPPORTED_CONTENT_TYPE");
  EXPECT_EQ(ReasonOf(Request("application/cloudevents-batch+json", "{}")), "WRONG_TYPE");
  EXPECT_EQ(ReasonOf(Request("application/cloudevents-batch+json", "[{]")), "MALFORMED_JSON");
  EXPECT_EQ(ReasonOf(Request("application/cloudevents-batch+json", std::string(50'000, '['))),
            "MALFORMED_JSON");
}

}  // namespace
}  // namespace bellwether::gateway::events_endpoint_test
