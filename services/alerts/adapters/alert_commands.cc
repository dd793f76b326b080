#include "services/alerts/adapters/alert_commands.h"

#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
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

// A batch is kept by request id alert by alert, so that a repeat does what was not done.
std::string RequestIdOfOne(absl::string_view batch_request_id, absl::string_view alert_name) {
  return absl::StrCat(batch_request_id, "/",
                      absl::Hex(Fingerprint64(alert_name), absl::kZeroPad16));
}

absl::Status CheckBatch(const v1::BatchAcknowledgeAlertsRequest& request) {
  RETURN_IF_ERROR(CheckNote(request.note()));
  if (request.request_id().size() > kBatchRequestIdLengthMax) {
    return InvalidArgument("REQUEST_ID_INVALID", "request_id", "must have at most 111 bytes");
  }
  if (request.alerts().empty() || request.alerts_size() > kBatchAlertsMax) {
    return InvalidArgument("BATCH_SIZE_INVALID", "alerts", "must name 1 to 200 alerts", "L3");
  }
  absl::flat_hash_set<absl::string_view> names;
  for (const v1::AlertChoice& choice : request.alerts()) {
    if (!names.insert(choice.name()).second) {
      return InvalidArgument("NAMED_TWICE", "alerts",
                             absl::StrCat("names ", choice.name(), " twice"), "L3");
    }
  }
  return absl::OkStatus();
}

void SetRefusal(const absl::Status& status, v1::AcknowledgeRefusal& refusal) {
  refusal.set_code(static_cast<int32_t>(status.code()));
  refusal.set_message(std::string(status.message()));
  const ErrorDetail detail = DetailOf(status).value_or(ErrorDetail{});
  refusal.mutable_detail()->set_reason(detail.reason);
  refusal.mutable_detail()->set_field(detail.field);
  refusal.mutable_detail()->set_rule(detail.rule);
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

absl::StatusOr<v1::BatchAcknowledgeAlertsResponse> AlertCommands::BatchAcknowledge(
    const v1::BatchAcknowledgeAlertsRequest& request, const rpc::Call& call) const {
  RETURN_IF_ERROR(CheckBatch(request));
  v1::BatchAcknowledgeAlertsResponse response;
  absl::Status ended;  // why the rest is not tried
  for (const v1::AlertChoice& choice : request.alerts()) {
    v1::AcknowledgeAlertRequest one;
    one.set_name(choice.name());
    one.set_etag(choice.etag());
    one.set_note(request.note());
    if (!request.request_id().empty()) {
      one.set_request_id(RequestIdOfOne(request.request_id(), choice.name()));
    }
    v1::AcknowledgeResult& result = *response.add_results();
    result.set_name(choice.name());
    if (ended.ok() && call.IsCancelled()) ended = absl::CancelledError("the caller has left");
    absl::StatusOr<v1::Alert> alert =
        ended.ok() ? Acknowledge(one, call) : absl::StatusOr<v1::Alert>(ended);
    if (!alert.ok()) {
      SetRefusal(alert.status(), *result.mutable_refusal());
      // With the store away it is away for the others, too.
      if (ended.ok() && absl::IsUnavailable(alert.status())) ended = alert.status();
      if (!ended.ok()) continue;
      v1::GetAlertRequest get;
      get.set_name(choice.name());
      alert = queries_.Get(get);
    }
    if (alert.ok()) *result.mutable_alert() = *std::move(alert);
  }
  return response;
}

absl::StatusOr<v1::Alert> AlertCommands::Unacknowledge(const v1::UnacknowledgeAlertRequest& request,
                                                       const rpc::Call& call) const {
  return Change(request, call, [&](CaseRows& rows, absl::string_view alert_id, absl::Time now) {
    return cases_.Unacknowledge(rows, alert_id,
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
