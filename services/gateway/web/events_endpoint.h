// CloudEvents 1.0 over HTTP: POST /v1/events.
//
//   application/cloudevents+json        one event, structured
//   application/cloudevents-batch+json  a list of events, each answered for
//   anything else, with ce-… headers    one event, binary: its data is the body
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_EVENTS_ENDPOINT_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_EVENTS_ENDPOINT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/connect/open_calls.h"
#include "common/http/exchange.h"
#include "common/rpc/server.h"

namespace grpc {
class Channel;
}

namespace bellwether::gateway {

// Of a request, and of the call that it becomes: what the gRPC server takes.
inline constexpr size_t kEventsBytesMax = rpc::kMessageBytesMaxDefault;

// The events of a request, each as the structured JSON that IngestFacts takes: what the fact itself
// is worth is judged there. INVALID_ARGUMENT / UNSUPPORTED_CONTENT_TYPE for a request that holds no
// CloudEvent, MALFORMED_JSON or WRONG_TYPE for a batch that is no list.
struct ReceivedEvents {
  std::vector<std::string> documents;
  bool batch = false;
};
absl::StatusOr<ReceivedEvents> ReceivedEventsOf(const http::ServerRequest& request);

// Passed on to IngestFacts. One event is answered 200 with its place in the journal, or 400 with
// why it was refused (and kept as a dead letter); a batch with the answers of IngestFacts in JSON,
// 200 where all are accepted and 207 otherwise. What is larger than kEventsBytesMax is answered
// 413: sending it again would change nothing. Errors are those of the Connect protocol. While
// nobody knows what became of an event the answer is 503 or 504, and it is to be sent again.
// Thread-safe; its end waits for what it has begun.
class EventsEndpoint {
 public:
  EventsEndpoint(std::function<std::shared_ptr<grpc::Channel>()> channel,
                 std::function<absl::Status(const http::ServerRequest&)> admit);
  EventsEndpoint(const EventsEndpoint&) = delete;
  EventsEndpoint& operator=(const EventsEndpoint&) = delete;

  void Handle(std::unique_ptr<http::Exchange> exchange);

 private:
  struct EventsCall;

  void Begin(const std::shared_ptr<grpc::Channel>& channel, std::shared_ptr<EventsCall> call);

  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
  const std::function<absl::Status(const http::ServerRequest&)> admit_;
  connect::OpenCalls calls_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_EVENTS_ENDPOINT_H_
