#include "services/alerts/adapters/alert_commands.h"

#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/command/field_changes.h"
#include "common/rpc/paging.h"
#include "services/alerts/adapters/alert_messages.h"
#include "services/alerts/adapters/sql_board.h"

namespace bellwether::alerts {
namespace {

absl::Status CheckNote(const std::string& note) {
  if (note.size() > kNoteBytesMax) {
    return InvalidArgument("NOTE_TOO_LONG", "note", "must have at most 2 000 bytes");
  }
  return absl::OkStatus();
}

}  // namespace

template <typename Request>
absl::StatusOr<v1::Alert> AlertCommands::Change(
    const Request& request, const rpc::Call& call,
    absl::FunctionRef<absl::Status(CaseRows&, absl::string_view, absl::Time)> decide) const {
  RETURN_IF_ERROR(CheckNote(request.note()));
  ASSIGN_OR_RETURN(const std::string alert_id, AlertIdOf(request.name()));
  const command::Command command = command::Of(request, call);
  const auto change = [&](store::Transaction& transaction,
                          const command::Moment& moment) -> absl::StatusOr<command::Outcome> {
    SqlCaseRows rows(transaction, rows_);
    ASSIGN_OR_RETURN(const std::optional<Case> before, rows.Lock(alert_id));
    if (before.has_value()) {
      RETURN_IF_ERROR(rpc::CheckEtag(command.etag, before->decided_version));
    }
    RETURN_IF_ERROR(decide(rows, alert_id, moment.at));
    ASSIGN_OR_RETURN(const std::optional<Case> after, rows.Lock(alert_id));
    ASSIGN_OR_RETURN(const v1::Alert alert, ReadAlert(transaction, rows_.policy, alert_id));
    const v1::Alert was = ToAlert(*before, rows_.policy);
    return command::Outcome{.answer = alert.SerializeAsString(),
                            .changed = after->entity_version != before->entity_version,
                            .subject_type = "alert",
                            .subject_id = alert_id,
                            .subject_version = after->entity_version,
                            .changes = command::FieldChanges(&was, ToAlert(*after, rows_.policy))};
  };
  ASSIGN_OR_RETURN(const std::string answer, runner_.Run(command, change));
  v1::Alert alert;
  if (!alert.ParseFromString(answer)) {
    return absl::DataLossError("an answer kept by request id cannot be read");
  }
  return alert;
}

absl::StatusOr<v1::Alert> AlertCommands::Acknowledge(const v1::AcknowledgeAlertRequest& request,
                                                     const rpc::Call& call) const {
  return Change(request, call, [&](CaseRows& rows, absl::string_view alert_id, absl::Time now) {
    return cases_.Acknowledge(rows, alert_id,
                              {.actor = call.principal, .note = request.note(), .at = now});
  });
}

absl::StatusOr<v1::Alert> AlertCommands::Resolve(const v1::ResolveAlertRequest& request,
                                                 const rpc::Call& call) const {
  if (!IsResolveReason(request.reason())) {
    return InvalidArgument("REASON_INVALID", "reason",
                           "must be HANDLED, FALSE_ALARM, DUPLICATE or ACCEPTED_RISK", "L3");
  }
  return Change(request, call, [&](CaseRows& rows, absl::string_view alert_id, absl::Time now) {
    return cases_.Resolve(
        rows, alert_id,
        {.actor = call.principal, .reason = request.reason(), .note = request.note(), .at = now});
  });
}

}  // namespace bellwether::alerts
