#include "common/feed/fact_feed.h"

#include <grpcpp/grpcpp.h>

#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/feed/stall_guard.h"
#include "common/rpc/status.h"

namespace bellwether::feed {
namespace {

constexpr int64_t kFlushEvery = 64;

// How the call ended, a cancellation by the guard distinguished from others.
absl::Status Ended(const grpc::Status& status, const StallGuard& guard,
                   const FactFeedOptions& options) {
  if (guard.stalled()) {
    return Error(absl::StatusCode::kDeadlineExceeded, {"STALLED", "", ""},
                 absl::StrCat("nothing moved for ", absl::FormatDuration(options.stall_max)));
  }
  return rpc::FromGrpcStatus(status);
}

// Every fact sent is answered for: accepted or rejected.
absl::Status StreamCut(int64_t answered, int64_t sent) {
  return Error(absl::StatusCode::kUnavailable, {"STREAM_CUT", "", ""},
               absl::StrCat("the stream ended after ", answered, " of ", sent, " answers"));
}

}  // namespace

absl::Status StreamFacts(ingest::v1::IngestService::StubInterface& ingest,
                         absl::Span<const events::v1::FactEvent> facts,
                         const std::string& import_run, const FactFeedOptions& options,
                         absl::FunctionRef<void(const ingest::v1::StreamFactsResponse&)> answered) {
  grpc::ClientContext context;
  StallGuard guard(context, options.stall_max);
  auto stream = ingest.StreamFacts(&context);

  absl::Mutex mutex;
  int64_t in_flight = 0;       // guarded by mutex
  int64_t answer_count = 0;    // guarded by mutex
  bool reading_ended = false;  // guarded by mutex
  std::thread reader([&] {
    ingest::v1::StreamFactsResponse answer;
    while (stream->Read(&answer)) {
      guard.Moved();
      answered(answer);
      absl::MutexLock lock(&mutex);
      --in_flight;
      ++answer_count;
    }
    absl::MutexLock lock(&mutex);
    reading_ended = true;
  });
  ingest::v1::StreamFactsRequest request;
  request.set_import_run(import_run);
  const auto may_write = [&] { return in_flight < options.in_flight_max || reading_ended; };
  for (size_t i = 0; i < facts.size(); ++i) {
    // Facts share packets, but none waits in a buffer while the window is closing.
    bool flush = false;
    {
      absl::MutexLock lock(&mutex, absl::Condition(&may_write));
      if (reading_ended) break;
      ++in_flight;
      flush = (i + 1) % kFlushEvery == 0 || in_flight + kFlushEvery >= options.in_flight_max;
    }
    request.set_sequence(static_cast<int64_t>(i));
    *request.mutable_fact() = facts[i];
    grpc::WriteOptions write;
    if (!flush) write.set_buffer_hint();
    if (!stream->Write(request, write)) break;
    guard.Moved();
  }
  stream->WritesDone();
  reader.join();
  const absl::Status status = Ended(stream->Finish(), guard, options);
  if (!status.ok()) return status;
  if (answer_count != static_cast<int64_t>(facts.size())) {
    return StreamCut(answer_count, static_cast<int64_t>(facts.size()));
  }
  return absl::OkStatus();
}

absl::StatusOr<ingest::v1::BackfillFactsResponse> BackfillFacts(
    ingest::v1::IngestService::StubInterface& ingest, const std::string& import_run,
    const FactFeedOptions& options,
    absl::FunctionRef<std::optional<events::v1::FactEvent>()> next) {
  grpc::ClientContext context;
  ingest::v1::BackfillFactsResponse response;
  StallGuard guard(context, options.stall_max);
  auto stream = ingest.BackfillFacts(&context, &response);
  ingest::v1::BackfillFactsRequest request;
  request.set_import_run(import_run);
  int64_t sent = 0;
  while (auto fact = next()) {
    *request.mutable_fact() = *std::move(fact);
    ++sent;
    if (!stream->Write(request, grpc::WriteOptions().set_buffer_hint())) break;
    guard.Moved();
  }
  stream->WritesDone();
  const absl::Status status = Ended(stream->Finish(), guard, options);
  if (!status.ok()) return status;
  const int64_t answered = response.accepted_count() + response.rejected_count();
  if (answered != sent) return StreamCut(answered, sent);
  return response;
}

}  // namespace bellwether::feed
