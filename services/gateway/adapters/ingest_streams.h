// The streams of IngestService: facts in, the journal out.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_STREAMS_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_STREAMS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/open_streams.h"
#include "common/runtime/background_loop.h"
#include "services/gateway/adapters/backfill_facts_call.h"
#include "services/gateway/adapters/call_set.h"
#include "services/gateway/adapters/stream_facts_call.h"
#include "services/gateway/adapters/tail_journal_call.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/application/tick_rounds.h"

namespace bellwether::gateway {

// Outlives the server; Stop after it.
class IngestStreams {
 public:
  static constexpr size_t kTailsMax = 64;

  struct Ports {
    bus::Bus& bus;
    FactAcceptor& acceptor;
    TickRounds& rounds;
    JournalState& state;
    const Calendar& calendar;
    const Clock& clock;
    rpc::CallPool& pool;
    rpc::OpenStreams& streams;
  };

  explicit IngestStreams(const Ports& ports);
  void Start();
  void Stop();

  std::shared_ptr<StreamFactsCall> StreamFacts(const rpc::Call& call);
  std::shared_ptr<BackfillFactsCall> BackfillFacts(const rpc::Call& call,
                                                   ingest::v1::BackfillFactsResponse& response);
  absl::StatusOr<std::shared_ptr<TailJournalCall>> TailJournal(
      const ingest::v1::TailJournalRequest& request, const rpc::Call& call);

 private:
  const Ports ports_;
  CallSet<StreamFactsCall> fact_streams_;
  CallSet<TailJournalCall> tails_;
  runtime::BackgroundLoop stall_loop_;
  runtime::BackgroundLoop tail_loop_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_STREAMS_H_
