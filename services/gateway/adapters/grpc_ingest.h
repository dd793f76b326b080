// bellwether.ingest.v1.IngestService.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_GRPC_INGEST_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_GRPC_INGEST_H_

#include <memory>

#include "absl/status/statusor.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/currency/currency_table.h"
#include "common/metrics/metrics.h"
#include "common/rpc/method_table.h"
#include "common/rpc/open_streams.h"
#include "common/runtime/background_loop.h"
#include "services/gateway/adapters/backfill_facts.h"
#include "services/gateway/adapters/call_set.h"
#include "services/gateway/adapters/stream_facts.h"
#include "services/gateway/adapters/tail_journal.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/dead_letters.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/application/tick_rounds.h"

namespace bellwether::gateway {

// Outlives the server; Stop after it.
class GrpcIngest {
 public:
  static constexpr int kEventsPerCallMax = 1'000;
  static constexpr size_t kTailsMax = 64;

  struct Parts {
    bus::Bus& bus;
    FactAcceptor& acceptor;
    TickRounds& rounds;
    JournalState& state;
    DeadLetters& dead_letters;
    const CurrencyTable& currencies;
    const Calendar& calendar;
    const Clock& clock;
    rpc::CallPool& pool;
    rpc::OpenStreams& streams;
  };

  explicit GrpcIngest(const Parts& parts);
  void Start();
  void Stop();

  rpc::MethodTable Methods();

 private:
  absl::StatusOr<ingest::v1::CurrencyRates> GetCurrencies(
      const ingest::v1::GetCurrenciesRequest& request);
  absl::StatusOr<ingest::v1::IngestFactsResponse> Ingest(
      const ingest::v1::IngestFactsRequest& request, const rpc::Call& call);
  absl::StatusOr<ingest::v1::GoLiveResponse> GoLive(const ingest::v1::GoLiveRequest&);
  absl::StatusOr<ingest::v1::ListDeadLettersResponse> ListDeadLetters(
      const ingest::v1::ListDeadLettersRequest& request);
  absl::StatusOr<ingest::v1::ReplayDeadLetterResponse> ReplayDeadLetter(
      const ingest::v1::ReplayDeadLetterRequest& request, const rpc::Call& call);
  std::shared_ptr<StreamFactsCall> StreamFacts(const rpc::Call& call);
  std::shared_ptr<BackfillFactsCall> BackfillFacts(const rpc::Call& call,
                                                   ingest::v1::BackfillFactsResponse& response);
  absl::StatusOr<std::shared_ptr<TailJournalCall>> TailJournal(
      const ingest::v1::TailJournalRequest& request, const rpc::Call& call);

  const Parts parts_;
  CallSet<StreamFactsCall> fact_streams_;
  CallSet<TailJournalCall> tails_;
  runtime::BackgroundLoop stall_loop_;
  runtime::BackgroundLoop tail_loop_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_GRPC_INGEST_H_
