#include "services/gateway/adapters/ingest_streams.h"

#include <utility>

#include "common/base/status.h"

namespace bellwether::gateway {
namespace {

using namespace ingest::v1;  // NOLINT(google-build-using-namespace): the messages of one service

constexpr absl::Duration kStallLook = absl::Seconds(1);
constexpr absl::Duration kTailLook = absl::Milliseconds(100);

}  // namespace

IngestStreams::IngestStreams(const Ports& ports)
    : ports_(ports),
      stall_loop_({.name = "ingest-stall"},
                  [this](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
                    const absl::Time now = ports_.clock.Now();
                    for (const auto& call : fact_streams_.All()) call->CheckStall(now);
                    return kStallLook;
                  }),
      tail_loop_({.name = "ingest-tail"},
                 [this](const std::stop_token& stop) -> absl::StatusOr<absl::Duration> {
                   bool again = false;
                   for (const auto& call : tails_.All()) {
                     if (stop.stop_requested()) break;
                     again = call->Pump() || again;
                   }
                   if (again) return absl::ZeroDuration();
                   return tails_.size() == 0 ? absl::InfiniteDuration() : kTailLook;
                 }) {}

void IngestStreams::Start() {
  stall_loop_.Start();
  tail_loop_.Start();
}

void IngestStreams::Stop() {
  tail_loop_.Stop();
  stall_loop_.Stop();
}

std::shared_ptr<StreamFactsCall> IngestStreams::StreamFacts(const rpc::Call& call) {
  auto stream = std::make_shared<StreamFactsCall>(call, ports_.acceptor, ports_.state, ports_.pool,
                                                  ports_.clock, [this](StreamFactsCall* closed) {
                                                    fact_streams_.Remove(closed);
                                                    ports_.streams.Remove(closed);
                                                  });
  fact_streams_.Add(stream);
  return stream;
}

std::shared_ptr<BackfillFactsCall> IngestStreams::BackfillFacts(const rpc::Call& call,
                                                                BackfillFactsResponse& response) {
  return std::make_shared<BackfillFactsCall>(
      call, response, ports_.state, ports_.acceptor, ports_.rounds, ports_.calendar, ports_.pool,
      [this](BackfillFactsCall* closed) { ports_.streams.Remove(closed); });
}

absl::StatusOr<std::shared_ptr<TailJournalCall>> IngestStreams::TailJournal(
    const TailJournalRequest& request, const rpc::Call& call) {
  if (tails_.size() >= kTailsMax) {
    return Error(absl::StatusCode::kResourceExhausted, {"TOO_MANY_TAILS", "", ""},
                 "too many people look at the journal");
  }
  ASSIGN_OR_RETURN(TailPlace place, OpenTail(ports_.bus, request));
  auto tail = std::make_shared<TailJournalCall>(
      call, std::move(place), [this] { tail_loop_.Wake(); },
      [this](TailJournalCall* closed) {
        tails_.Remove(closed);
        ports_.streams.Remove(closed);
      });
  tails_.Add(tail);
  return tail;
}

}  // namespace bellwether::gateway
