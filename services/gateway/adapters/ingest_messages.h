// Requests into events, answers into responses.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_MESSAGES_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_MESSAGES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/import_runs.h"
#include "services/gateway/application/incoming_event.h"

namespace bellwether::gateway {

// One request of StreamFacts.
struct SequencedEvent {
  int64_t sequence = 0;
  IncomingEvent event;
};

// Also of bytes that are no StreamFactsRequest: then the event is unreadable, and the sequence is
// the one they carry if they carry any.
SequencedEvent ReadRequest(absl::string_view bytes);
// One request of BackfillFacts; of bytes that are none, an unreadable event.
IncomingEvent ReadBackfillRequest(absl::string_view bytes);

// What one request of a raw stream holds, in one piece.
grpc::Slice SliceOf(const grpc::ByteBuffer& buffer);
absl::string_view BytesOf(const grpc::Slice& slice);

SequencedEvent TakeRequest(ingest::v1::StreamFactsRequest request);

ingest::v1::StreamFactsResponse ToResponse(int64_t sequence, const Answer& answer);

ingest::v1::ImportRun ToMessage(const ImportRun& run, absl::Duration lease);

// The traceparent the caller sent, if any.
std::string TraceParentOf(const grpc::CallbackServerContext& context);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_MESSAGES_H_
