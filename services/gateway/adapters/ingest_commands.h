// The commands of IngestService.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_COMMANDS_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_COMMANDS_H_

#include "absl/status/statusor.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/base/clock.h"
#include "common/rpc/call.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/dead_letters.h"
#include "services/gateway/application/import_runs.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/application/journal_writer.h"
#include "services/gateway/application/letter_replays.h"
#include "services/gateway/application/tick_rounds.h"

namespace bellwether::gateway {

// Thread-safe; outlived by what it refers to.
class IngestCommands {
 public:
  static constexpr int kEventsPerCallMax = 1'000;

  IngestCommands(FactAcceptor& acceptor, JournalWriter& writer, JournalState& state,
                 TickRounds& rounds, DeadLetters& dead_letters, LetterReplays& replays,
                 ImportRuns& import_runs, const Clock& clock)
      : acceptor_(acceptor),
        writer_(writer),
        state_(state),
        rounds_(rounds),
        dead_letters_(dead_letters),
        replays_(replays),
        import_runs_(import_runs),
        clock_(clock) {}

  absl::StatusOr<ingest::v1::IngestFactsResponse> Ingest(
      const ingest::v1::IngestFactsRequest& request, const rpc::Call& call);
  absl::StatusOr<ingest::v1::GoLiveResponse> GoLive(const ingest::v1::GoLiveRequest& request);
  absl::StatusOr<ingest::v1::ReplayDeadLetterResponse> ReplayDeadLetter(
      const ingest::v1::ReplayDeadLetterRequest& request, const rpc::Call& call);
  absl::StatusOr<ingest::v1::DeadLetterReplay> StartDeadLetterReplay(
      const ingest::v1::StartDeadLetterReplayRequest& request, const rpc::Call& call);
  absl::StatusOr<ingest::v1::DeadLetterReplay> CancelDeadLetterReplay(
      const ingest::v1::CancelDeadLetterReplayRequest& request);
  absl::StatusOr<ingest::v1::ImportRun> StartImportRun(
      const ingest::v1::StartImportRunRequest& request, const rpc::Call& call);
  absl::StatusOr<ingest::v1::ImportRun> RenewImportRun(
      const ingest::v1::RenewImportRunRequest& request, const rpc::Call& call);
  absl::StatusOr<ingest::v1::ImportRun> EndImportRun(const ingest::v1::EndImportRunRequest& request,
                                                     const rpc::Call& call);
  absl::StatusOr<ingest::v1::WithdrawImportRunResponse> WithdrawImportRun(
      const ingest::v1::WithdrawImportRunRequest& request, const rpc::Call& call);

 private:
  FactAcceptor& acceptor_;
  JournalWriter& writer_;
  JournalState& state_;
  TickRounds& rounds_;
  DeadLetters& dead_letters_;
  LetterReplays& replays_;
  ImportRuns& import_runs_;
  const Clock& clock_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_INGEST_COMMANDS_H_
