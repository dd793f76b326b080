// Sends facts through the ingest service.
#ifndef BELLWETHER_COMMON_FEED_FACT_FEED_H_
#define BELLWETHER_COMMON_FEED_FACT_FEED_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"

namespace bellwether::feed {

struct FactFeedOptions {
  // Unanswered at a time; the server reads no further past 1 000.
  int64_t in_flight_max = 1'000;
  // A stream in which nothing moves for so long is given up with DEADLINE_EXCEEDED / STALLED.
  absl::Duration stall_max = absl::Seconds(60);
};

// Sends the facts as a stream. `answered` is called once per fact on a thread of the feed, one call
// at a time; `sequence` of an answer is the index of its fact. When the stream breaks, facts
// without an answer may have been accepted: sending them again is safe, receivers drop duplicates.
absl::Status StreamFacts(ingest::v1::IngestService::StubInterface& ingest,
                         absl::Span<const events::v1::FactEvent> facts,
                         const std::string& import_run, const FactFeedOptions& options,
                         absl::FunctionRef<void(const ingest::v1::StreamFactsResponse&)> answered);

// Writes what `next` returns, in order of time, until it returns nothing.
absl::StatusOr<ingest::v1::BackfillFactsResponse> BackfillFacts(
    ingest::v1::IngestService::StubInterface& ingest, const std::string& import_run,
    const FactFeedOptions& options, absl::FunctionRef<std::optional<events::v1::FactEvent>()> next);

}  // namespace bellwether::feed

#endif  // BELLWETHER_COMMON_FEED_FACT_FEED_H_
