// bellwether.ingest.v1.IngestService.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_GRPC_INGEST_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_GRPC_INGEST_H_

#include <memory>

#include "absl/status/statusor.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/currency/currency_table.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
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

// StreamFacts takes bytes (see StreamFactsCall); the rest messages.
using IngestServiceBase = ingest::v1::IngestService::WithRawCallbackMethod_StreamFacts<
    ingest::v1::IngestService::WithCallbackMethod_IngestFacts<
        ingest::v1::IngestService::WithCallbackMethod_BackfillFacts<
            ingest::v1::IngestService::WithCallbackMethod_GoLive<
                ingest::v1::IngestService::WithCallbackMethod_ListDeadLetters<
                    ingest::v1::IngestService::WithCallbackMethod_ReplayDeadLetter<
                        ingest::v1::IngestService::WithCallbackMethod_GetCurrencies<
                            ingest::v1::IngestService::WithCallbackMethod_TailJournal<
                                ingest::v1::IngestService::Service>>>>>>>>;

// Outlives the server; Stop after it.
class GrpcIngest final : public IngestServiceBase {
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

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamFacts(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* IngestFacts(grpc::CallbackServerContext* context,
                                        const ingest::v1::IngestFactsRequest* request,
                                        ingest::v1::IngestFactsResponse* response) override;
  grpc::ServerReadReactor<ingest::v1::BackfillFactsRequest>* BackfillFacts(
      grpc::CallbackServerContext* context, ingest::v1::BackfillFactsResponse* response) override;
  grpc::ServerUnaryReactor* GoLive(grpc::CallbackServerContext* context,
                                   const ingest::v1::GoLiveRequest* request,
                                   ingest::v1::GoLiveResponse* response) override;
  grpc::ServerUnaryReactor* ListDeadLetters(grpc::CallbackServerContext* context,
                                            const ingest::v1::ListDeadLettersRequest* request,
                                            ingest::v1::ListDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* ReplayDeadLetter(
      grpc::CallbackServerContext* context, const ingest::v1::ReplayDeadLetterRequest* request,
      ingest::v1::ReplayDeadLetterResponse* response) override;
  grpc::ServerUnaryReactor* GetCurrencies(grpc::CallbackServerContext* context,
                                          const ingest::v1::GetCurrenciesRequest* request,
                                          ingest::v1::CurrencyRates* response) override;
  grpc::ServerWriteReactor<ingest::v1::TailJournalResponse>* TailJournal(
      grpc::CallbackServerContext* context, const ingest::v1::TailJournalRequest* request) override;

 private:
  absl::StatusOr<ingest::v1::IngestFactsResponse> Ingest(
      const ingest::v1::IngestFactsRequest& request, const rpc::CallInfo& call);

  const Parts parts_;
  CallSet<StreamFactsCall> fact_streams_;
  CallSet<TailJournalCall> tails_;
  runtime::BackgroundLoop stall_loop_;
  runtime::BackgroundLoop tail_loop_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_GRPC_INGEST_H_
