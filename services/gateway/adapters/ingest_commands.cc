#include "services/gateway/adapters/ingest_commands.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bounds/field_rule.h"
#include "common/journal/entry.h"
#include "services/gateway/adapters/ingest_messages.h"
#include "services/gateway/application/backfill.h"
#include "services/gateway/application/gathered_answers.h"
#include "services/gateway/application/journal_failure.h"
#include "services/gateway/domain/event_rules.h"

namespace bellwether::gateway {
namespace {

using namespace ingest::v1;  // NOLINT(google-build-using-namespace): the messages of one service

constexpr int64_t kReasonCharactersMax = 512;

}  // namespace

absl::StatusOr<IngestFactsResponse> IngestCommands::Ingest(const IngestFactsRequest& request,
                                                           const rpc::Call& call) {
  if (request.events_size() > kEventsPerCallMax) {
    return InvalidArgument("TOO_MANY_EVENTS", "events",
                           absl::StrCat("at most ", kEventsPerCallMax, " events in one call"),
                           "X1");
  }
  if (!state_.is_live() && request.events_size() > 0) {
    RETURN_IF_ERROR(state_.GoLiveWithFact());
  }
  const std::string traceparent = TraceParentOf(*call.context);
  const auto time_left = [&] { return call.deadline - clock_.Now(); };
  const auto gathered =
      std::make_shared<GatheredAnswers>(static_cast<size_t>(request.events_size()));
  std::vector<int64_t> sequences;
  for (int i = 0; i < request.events_size(); ++i) {
    SequencedEvent taken = TakeRequest(request.events(i));
    taken.event.traceparent = traceparent;
    sequences.push_back(taken.sequence);
    const size_t bytes = taken.event.size();
    if (!acceptor_.Enter(bytes, time_left())) return JournalTooSlow();
    Answered answered = [gathered, i](absl::StatusOr<Answer> answer) {
      gathered->Set(static_cast<size_t>(i), std::move(answer));
    };
    acceptor_.Accept(std::move(taken.event), bytes, std::move(answered));
  }
  ASSIGN_OR_RETURN(const std::vector<Answer> answers, gathered->Await(time_left()));
  IngestFactsResponse response;
  for (size_t i = 0; i < answers.size(); ++i) {
    *response.add_answers() = ToResponse(sequences[i], answers[i]);
  }
  return response;
}

absl::StatusOr<GoLiveResponse> IngestCommands::GoLive(const GoLiveRequest&) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> reached, PastReached(rounds_));
  RETURN_IF_ERROR(state_.GoLive(reached));
  return GoLiveResponse();
}

absl::StatusOr<ReplayDeadLetterResponse> IngestCommands::ReplayDeadLetter(
    const ReplayDeadLetterRequest& request, const rpc::Call& call) {
  if (!state_.is_live()) RETURN_IF_ERROR(state_.GoLiveWithFact());
  ASSIGN_OR_RETURN(const Answer answer,
                   dead_letters_.Replay(request.name(), {.principal = call.principal},
                                        call.deadline - clock_.Now()));
  ReplayDeadLetterResponse replayed;
  *replayed.mutable_answer() = ToResponse(0, answer);
  return replayed;
}

absl::StatusOr<DeadLetterReplay> IngestCommands::StartDeadLetterReplay(
    const StartDeadLetterReplayRequest& request, const rpc::Call& call) {
  if (!state_.is_live()) RETURN_IF_ERROR(state_.GoLiveWithFact());
  return replays_.Start(request, call.principal);
}

absl::StatusOr<DeadLetterReplay> IngestCommands::CancelDeadLetterReplay(
    const CancelDeadLetterReplayRequest& request) {
  return replays_.Cancel(request.name());
}

absl::StatusOr<ingest::v1::ImportRun> IngestCommands::StartImportRun(
    const StartImportRunRequest& request, const rpc::Call& call) {
  RETURN_IF_ERROR(CheckImportRun(request.import_run()));
  RETURN_IF_ERROR(CheckSource(request.source()));
  if (!state_.is_live()) RETURN_IF_ERROR(state_.GoLiveWithFact());
  ASSIGN_OR_RETURN(const auto run, import_runs_.Start(request.import_run(), request.source(),
                                                      call.principal, call.deadline));
  return ToMessage(run, import_runs_.lease());
}

absl::StatusOr<ingest::v1::ImportRun> IngestCommands::RenewImportRun(
    const RenewImportRunRequest& request, const rpc::Call& call) {
  RETURN_IF_ERROR(CheckImportRun(request.import_run()));
  ASSIGN_OR_RETURN(const auto run, import_runs_.Renew(request.import_run(), call.deadline));
  return ToMessage(run, import_runs_.lease());
}

absl::StatusOr<ingest::v1::ImportRun> IngestCommands::EndImportRun(
    const EndImportRunRequest& request, const rpc::Call& call) {
  RETURN_IF_ERROR(CheckImportRun(request.import_run()));
  ASSIGN_OR_RETURN(const auto run, import_runs_.End(request.import_run(), call.deadline));
  return ToMessage(run, import_runs_.lease());
}

absl::StatusOr<WithdrawImportRunResponse> IngestCommands::WithdrawImportRun(
    const WithdrawImportRunRequest& request, const rpc::Call& call) {
  RETURN_IF_ERROR(CheckImportRun(request.import_run()));
  RETURN_IF_ERROR(bounds::CheckText(
      {.path = "reason", .rule_id = "H1", .most = kReasonCharactersMax}, request.reason()));
  RETURN_IF_ERROR(state_.Refresh());
  if (!state_.is_live()) {
    return FailedPrecondition("JOURNAL_NOT_LIVE", "",
                              "a past that is being built is begun anew instead");
  }
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const std::vector<bus::Position> positions,
                   writer_.AppendToAll(
                       [&](int32_t partition) {
                         return journal::EncodeWithdrawal(partition, request.import_run(),
                                                          request.reason(), now);
                       },
                       call.deadline - now));
  WithdrawImportRunResponse response;
  for (const bus::Position& position : positions) {
    (*response.mutable_offsets())[position.partition] = position.offset;
  }
  return response;
}

}  // namespace bellwether::gateway
