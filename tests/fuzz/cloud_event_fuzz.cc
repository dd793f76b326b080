// CloudEvents, structured, binary and in batches.
#include "common/base/check.h"
#include "common/base/status.h"
#include "services/gateway/application/cloud_event.h"
#include "services/gateway/web/events_endpoint.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

// Every refusal says which rule and why.
void CheckRefusal(const absl::Status& status) {
  if (status.ok()) return;
  const auto detail = bellwether::DetailOf(status);
  BELLWETHER_CHECK(detail.has_value() && !detail->reason.empty(), "a refusal has a reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace gateway = bellwether::gateway;
  const std::string body(reinterpret_cast<const char*>(data), size);
  CheckRefusal(gateway::ParseCloudEvent(body).status());
  for (const char* type :
       {"application/cloudevents+json", "application/cloudevents-batch+json", "application/json"}) {
    const auto events = gateway::ReceivedEventsOf(
        {.method = "POST",
         .path = "/v1/events",
         .headers = {{"content-type", type}, {"ce-specversion", "1.0"}, {"ce-subject", "mine"}},
         .body = body});
    CheckRefusal(events.status());
    if (!events.ok() || type != std::string("application/json")) continue;
    const auto event = gateway::ParseCloudEvent(events->documents.front());
    BELLWETHER_CHECK(!event.ok() || event->account_id() == "mine",
                     "data cannot speak for the event");
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  const std::string event =
      R"({"specversion": "1.0", "type": "bellwether.fact.order_placed.v1", "source": "crm",)"
      R"( "id": "1", "subject": "acme", "time": "2026-11-21T14:03:00+08:00", "data": )"
      R"({"order_placed": {"order_id": "4711", "amount": {"currency_code": "CNY", "amount_minor": 12}}}})";
  return {event, "[" + event + ", " + event + "]",
          R"({"order_placed": {"order_id": "1", "amount": {"amount_minor": 12}}})",
          R"({"specversion": "1.0", "type": "t", "data_base64": "e30="})"};
}
