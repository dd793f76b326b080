#include "services/gateway/web/events_endpoint.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/type/v1/error.pb.h"
#include "common/base/status.h"
#include "common/connect/json_codec.h"
#include "common/connect/metadata.h"
#include "common/connect/protocol.h"
#include "common/json/json.h"
#include "common/json/writer.h"
#include "grpcpp/grpcpp.h"
#include "services/gateway/domain/media_type.h"

namespace bellwether::gateway {
namespace {

using ingest::v1::IngestFactsRequest;
using ingest::v1::IngestFactsResponse;
using ingest::v1::StreamFactsResponse;

constexpr absl::Duration kCallTimeMax = absl::Seconds(20);
// A list, its events and what these hold.
constexpr int kBatchDepthMax = 20;
constexpr char kRetryAfterSeconds[] = "1";

http::ServerResponse JsonResponse(int status, std::string body) {
  return {status,
          {{"content-type", "application/json"}, {"cache-control", "no-store"}},
          std::move(body)};
}

http::ServerResponse RefusalResponse(const connect::CallError& error) {
  http::ServerResponse response = connect::ErrorResponse(error);
  if (response.status == 429 || response.status == 503 || response.status == 504) {
    response.headers.emplace_back("retry-after", kRetryAfterSeconds);
  }
  return response;
}

http::ServerResponse RefusalResponse(const absl::Status& status) {
  return RefusalResponse(connect::ErrorOf(status));
}

http::ServerResponse TooLarge() {
  return http::TextResponse(
      413, absl::StrCat("a request of events has at most ", kEventsBytesMax, " bytes\n"));
}

// The call's own headers. Those of the event may hold what no metadata do: they are judged with it.
http::Headers WithoutAttributes(const http::Headers& headers) {
  http::Headers others;
  for (const auto& header : headers) {
    if (!absl::StartsWith(header.first, "ce-")) others.push_back(header);
  }
  return others;
}

absl::Status RejectionOf(const ingest::v1::Rejection& rejection) {
  return InvalidArgument(rejection.reason(), rejection.field(), rejection.message(),
                         rejection.rule());
}

http::ServerResponse JsonOf(int status, const google::protobuf::Message& message) {
  absl::StatusOr<std::string> json = connect::WriteJson(message);
  return json.ok() ? JsonResponse(status, *std::move(json)) : RefusalResponse(json.status());
}

http::ServerResponse ResponseOf(const IngestFactsResponse& answers, bool batch) {
  bool all = true;
  for (const StreamFactsResponse& answer : answers.answers()) all = all && !answer.has_rejection();
  if (batch) return JsonOf(all ? 200 : 207, answers);
  return all ? JsonOf(200, answers.answers(0))
             : RefusalResponse(RejectionOf(answers.answers(0).rejection()));
}

// An event in binary mode as a structured document. The data go along as bytes: they may be
// anything.
std::string StructuredOf(const http::ServerRequest& request, absl::string_view content_type) {
  json::Writer json;
  json.BeginObject();
  for (const auto& [header, value] : request.headers) {
    absl::string_view name = header;
    if (!absl::ConsumePrefix(&name, "ce-") || name == "data" || name == "data_base64" ||
        name == "datacontenttype") {
      continue;
    }
    // Percent-encoded where it is not printable ASCII (HTTP binding, 3.1.3.2).
    json.Name(name).Text(http::DecodePercent(value).value_or(value));
  }
  json.Name("datacontenttype").Text(content_type);
  json.Name("data_base64").Text(absl::Base64Escape(request.body));
  json.EndObject();
  return std::move(json).Take();
}

}  // namespace

absl::StatusOr<ReceivedEvents> ReceivedEventsOf(const http::ServerRequest& request) {
  const absl::string_view content_type = request.Header("content-type").value_or("");
  const std::string type = ParseMediaType(content_type).name;
  if (type == "application/cloudevents+json") return ReceivedEvents{{request.body}};
  if (type == "application/cloudevents-batch+json") {
    ASSIGN_OR_RETURN(const std::vector<absl::string_view> items,
                     json::ParseListItems(request.body, {.bytes_max = kEventsBytesMax,
                                                         .depth_max = kBatchDepthMax,
                                                         .rule = "X1"}));
    return ReceivedEvents{{items.begin(), items.end()}, true};
  }
  if (absl::StartsWith(type, "application/cloudevents")) {
    return InvalidArgument("UNSUPPORTED_CONTENT_TYPE", "content-type",
                           "CloudEvents come as application/cloudevents+json, "
                           "application/cloudevents-batch+json, or with ce- headers",
                           "X1");
  }
  if (!request.Header("ce-specversion").has_value()) {
    return InvalidArgument("UNSUPPORTED_CONTENT_TYPE", "content-type",
                           "no CloudEvent: neither its content type nor a ce-specversion header",
                           "X1");
  }
  return ReceivedEvents{{StructuredOf(request, content_type)}};
}

struct EventsEndpoint::EventsCall {
  std::unique_ptr<http::Exchange> exchange;
  bool batch = false;
  std::unique_ptr<ingest::v1::IngestService::Stub> stub;
  grpc::ClientContext context;
  IngestFactsRequest request;
  IngestFactsResponse response;
};

EventsEndpoint::EventsEndpoint(std::function<std::shared_ptr<grpc::Channel>()> channel,
                               std::function<absl::Status(const http::ServerRequest&)> admit)
    : channel_(std::move(channel)), admit_(std::move(admit)) {}

void EventsEndpoint::Handle(std::unique_ptr<http::Exchange> exchange) {
  const http::ServerRequest& request = exchange->request();
  if (request.method != "POST") return exchange->Respond(http::MethodNotAllowed("POST"));
  if (request.body_too_large) return exchange->Respond(TooLarge());
  if (const absl::Status admitted = admit_(request); !admitted.ok()) {
    return exchange->Respond(RefusalResponse(admitted));
  }
  absl::StatusOr<ReceivedEvents> events = ReceivedEventsOf(request);
  if (!events.ok()) {
    http::ServerResponse response = RefusalResponse(events.status());
    if (DetailOf(events.status())->reason == "UNSUPPORTED_CONTENT_TYPE") response.status = 415;
    return exchange->Respond(std::move(response));
  }
  if (events->documents.empty()) return exchange->Respond(JsonOf(200, IngestFactsResponse()));
  const std::shared_ptr<grpc::Channel> channel = channel_();
  const absl::StatusOr<http::Headers> metadata =
      connect::MetadataOf(WithoutAttributes(request.headers));
  if (!metadata.ok()) return exchange->Respond(RefusalResponse(metadata.status()));
  if (channel == nullptr) {
    return exchange->Respond(RefusalResponse(connect::Starting()));
  }
  const auto call = std::make_shared<EventsCall>();
  call->batch = events->batch;
  for (std::string& document : events->documents) {
    ingest::v1::StreamFactsRequest& event = *call->request.add_events();
    event.set_sequence(call->request.events_size());
    event.set_cloud_event_json(std::move(document));
  }
  // In base64, data is longer than in the body.
  if (call->request.ByteSizeLong() > kEventsBytesMax) return exchange->Respond(TooLarge());
  for (const auto& [name, value] : *metadata) call->context.AddMetadata(name, value);
  call->exchange = std::move(exchange);
  Begin(channel, call);
}

void EventsEndpoint::Begin(const std::shared_ptr<grpc::Channel>& channel,
                           std::shared_ptr<EventsCall> call) {
  calls_.Begin();
  // STYLE(clock): gRPC deadlines are absolute system time
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeMax));
  call->stub = ingest::v1::IngestService::NewStub(channel);
  EventsCall& made = *call;
  made.stub->async()->IngestFacts(
      &made.context, &made.request, &made.response,
      [this, call = std::move(call)](const grpc::Status& status) {
        call->exchange->Respond(status.ok() ? ResponseOf(call->response, call->batch)
                                            : RefusalResponse(connect::ErrorOf(status)));
        calls_.End();
      });
}

}  // namespace bellwether::gateway
