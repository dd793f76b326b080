// The queries of IngestService.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_QUERIES_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_QUERIES_H_

#include "absl/status/statusor.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/currency/currency_source.h"
#include "services/gateway/application/dead_letters.h"
#include "services/gateway/application/letter_replays.h"

namespace bellwether::gateway {

// Thread-safe; outlived by what it refers to.
class IngestQueries {
 public:
  IngestQueries(DeadLetters& dead_letters, LetterReplays& replays, ReplayRows& replay_rows,
                const CurrencySource& currencies)
      : dead_letters_(dead_letters),
        replays_(replays),
        replay_rows_(replay_rows),
        currencies_(currencies) {}

  // As they are in effect; quick.
  absl::StatusOr<ingest::v1::CurrencyRates> Currencies(
      const ingest::v1::GetCurrenciesRequest& request);
  absl::StatusOr<ingest::v1::ListDeadLettersResponse> ListDeadLetters(
      const ingest::v1::ListDeadLettersRequest& request);
  absl::StatusOr<ingest::v1::DeadLetterReplay> GetDeadLetterReplay(
      const ingest::v1::GetDeadLetterReplayRequest& request);
  absl::StatusOr<ingest::v1::ListDeadLetterReplaysResponse> ListDeadLetterReplays(
      const ingest::v1::ListDeadLetterReplaysRequest& request);
  absl::StatusOr<ingest::v1::ListDeadLetterReplayResultsResponse> ListDeadLetterReplayResults(
      const ingest::v1::ListDeadLetterReplayResultsRequest& request);

 private:
  DeadLetters& dead_letters_;
  LetterReplays& replays_;
  ReplayRows& replay_rows_;
  const CurrencySource& currencies_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_QUERIES_H_
