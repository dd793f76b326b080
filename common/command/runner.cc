#include "common/command/runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/command/audit_table.h"
#include "common/idempotency/request_ids.h"
#include "common/journal/timestamps.h"
#include "common/log/trace.h"
#include "common/rpc/call.h"

namespace bellwether::command {
namespace {

absl::Status NotAllowed(absl::string_view why) {
  return FailedPrecondition("EFFECTIVE_TIME_NOT_ALLOWED", rpc::kEffectiveTimeMetadata, why);
}

audit::v1::AuditEntry EntryOf(const Command& command, Outcome& outcome, absl::Time now) {
  audit::v1::AuditEntry entry;
  *entry.mutable_time() = journal::ToTimestamp(now);
  entry.set_principal(command.principal);
  entry.set_method(absl::StrCat(command.service, "/", command.method));
  entry.set_subject_type(outcome.subject_type);
  entry.set_subject_id(outcome.subject_id);
  entry.set_subject_version(outcome.subject_version);
  for (audit::v1::FieldChange& change : outcome.changes) *entry.add_changes() = std::move(change);
  entry.set_request_id(command.request_id);
  if (CurrentTrace().valid()) entry.set_trace_id(CurrentTrace().TraceIdHex());
  if (command.effective_time.has_value()) {
    *entry.mutable_effective_time() = journal::ToTimestamp(*command.effective_time);
  }
  return entry;
}

}  // namespace

absl::StatusOr<std::string> Runner::Run(const Command& command, Change change) {
  // Asked before the transaction, which is to be short; heeded in it, where a repeated request gets
  // its first answer though the past has ended meanwhile.
  const absl::Status allowed = CheckEffectiveTime(command);
  const idempotency::Request request{command.method, command.request_id, command.content};
  std::string answer;
  const auto work = [&](store::Transaction& transaction) -> absl::Status {
    const absl::Time now = ports_.clock.Now();
    const Moment moment{.at = command.effective_time.value_or(now),
                        .past = command.effective_time.has_value()};
    const auto carry_out = [&](store::Transaction&) -> absl::StatusOr<std::string> {
      RETURN_IF_ERROR(allowed);
      ASSIGN_OR_RETURN(Outcome outcome, change(transaction, moment));
      if (outcome.changed) {
        RETURN_IF_ERROR(outbox::Append(transaction, outcome.outgoing, now));
        RETURN_IF_ERROR(AppendAudit(transaction, EntryOf(command, outcome, now)));
      }
      return std::move(outcome.answer);
    };
    ASSIGN_OR_RETURN(answer, idempotency::AnswerOnce(transaction, request, now, carry_out));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(idempotency::Settled(request, [&] { return group_.Run(work); }));
  ports_.committed();
  return answer;
}

absl::Status Runner::CheckEffectiveTime(const Command& command) {
  if (!command.effective_time.has_value()) return absl::OkStatus();
  if (*command.effective_time > ports_.clock.Now()) return NotAllowed("lies ahead");
  ASSIGN_OR_RETURN(const bool live, ports_.journal.IsLive());
  if (live) return NotAllowed("the journal is live: nobody builds a past any more");
  return absl::OkStatus();
}

}  // namespace bellwether::command
