#include "services/gateway/adapters/ingest_messages.h"

#include <utility>

#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/log/trace.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "services/gateway/application/payload_text.h"

namespace bellwether::gateway {
namespace {

using google::protobuf::internal::WireFormatLite;
using ingest::v1::StreamFactsRequest;
using ingest::v1::StreamFactsResponse;

// The field `sequence` of a message that may be damaged behind it.
int64_t FindSequence(absl::string_view bytes) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  constexpr uint32_t kTag = WireFormatLite::MakeTag(StreamFactsRequest::kSequenceFieldNumber,
                                                    WireFormatLite::WIRETYPE_VARINT);
  for (uint32_t tag = input.ReadTag(); tag != 0; tag = input.ReadTag()) {
    uint64_t sequence = 0;
    if (tag == kTag) return input.ReadVarint64(&sequence) ? static_cast<int64_t>(sequence) : 0;
    if (!WireFormatLite::SkipField(&input, tag)) return 0;
  }
  return 0;
}

}  // namespace

SequencedEvent ReadRequest(absl::string_view bytes) {
  StreamFactsRequest request;
  if (request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return TakeRequest(std::move(request));
  }
  SequencedEvent unreadable;
  unreadable.sequence = FindSequence(bytes);
  unreadable.event.form = IncomingEvent::Form::kUnreadable;
  unreadable.event.bytes = std::string(bytes);
  return unreadable;
}

IncomingEvent ReadBackfillRequest(absl::string_view bytes) {
  IncomingEvent event;
  ingest::v1::BackfillFactsRequest request;
  if (request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    event.fact = std::move(*request.mutable_fact());
    event.import_run = std::move(*request.mutable_import_run());
  } else {
    event.form = IncomingEvent::Form::kUnreadable;
    event.bytes = std::string(bytes);
  }
  return event;
}

grpc::Slice SliceOf(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok() && !buffer.DumpToSingleSlice(&slice).ok()) return {};
  return slice;
}

absl::string_view BytesOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

SequencedEvent TakeRequest(StreamFactsRequest request) {
  SequencedEvent taken;
  taken.sequence = request.sequence();
  switch (request.event_case()) {
    case StreamFactsRequest::kFact:
      taken.event.fact = std::move(*request.mutable_fact());
      break;
    case StreamFactsRequest::kCloudEventJson:
      taken.event.form = IncomingEvent::Form::kCloudEvent;
      taken.event.bytes = std::move(*request.mutable_cloud_event_json());
      break;
    case StreamFactsRequest::EVENT_NOT_SET:
      taken.event.form = IncomingEvent::Form::kUnreadable;
      taken.event.bytes = request.SerializeAsString();
      break;
  }
  taken.event.import_run = std::move(*request.mutable_import_run());
  return taken;
}

StreamFactsResponse ToResponse(int64_t sequence, const Answer& answer) {
  StreamFactsResponse response;
  response.set_sequence(sequence);
  if (answer.rejection.ok()) {
    response.set_state(ingest::v1::ANSWER_STATE_ACCEPTED);
    response.set_partition(answer.position.partition);
    response.set_offset(answer.position.offset);
    return response;
  }
  response.set_state(ingest::v1::ANSWER_STATE_REJECTED);
  SetRejection(answer.rejection, *response.mutable_rejection());
  return response;
}

ingest::v1::ImportRun ToMessage(const ImportRun& run, absl::Duration lease) {
  ingest::v1::ImportRun message;
  message.set_import_run(run.id);
  message.set_source(run.source);
  message.set_principal(run.principal);
  *message.mutable_start_time() = journal::ToTimestamp(run.started);
  const timespec seconds = absl::ToTimespec(lease);
  message.mutable_lease()->set_seconds(seconds.tv_sec);
  message.mutable_lease()->set_nanos(static_cast<int32_t>(seconds.tv_nsec));
  *message.mutable_lease_end_time() = journal::ToTimestamp(run.lease_end);
  if (run.ended.has_value()) *message.mutable_end_time() = journal::ToTimestamp(*run.ended);
  return message;
}

std::string TraceParentOf(const grpc::CallbackServerContext& context) {
  const auto found = context.client_metadata().find(kTraceParentName);
  if (found == context.client_metadata().end()) return "";
  const absl::string_view text(found->second.data(), found->second.size());
  return ParseTraceParent(text).has_value() ? std::string(text) : "";
}

}  // namespace bellwether::gateway
