#include "services/alerts/adapters/alerts_grpc.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/command/field_changes.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"
#include "common/rpc/stream_methods.h"
#include "common/subject/subject_type.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/adapters/state_codec.h"
#include "services/alerts/adapters/watch_filter.h"
#include "services/alerts/adapters/watch_resume.h"

namespace bellwether::alerts {
namespace {

absl::StatusOr<std::string> AlertIdOf(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "alerts/") || name.empty()) {
    return InvalidArgument("NAME_INVALID", "name", "must be alerts/{alert_id}");
  }
  return std::string(name);
}

absl::Status CheckNote(const std::string& note) {
  if (note.size() > kNoteBytesMax) {
    return InvalidArgument("NOTE_TOO_LONG", "note", "must have at most 2 000 bytes");
  }
  return absl::OkStatus();
}

absl::StatusOr<BoardQuery> QueryOf(const v1::ListAlertsRequest& request) {
  if (!v1::Level_IsValid(request.minimum_level())) {
    return InvalidArgument("LEVEL_INVALID", "minimum_level", "is no level of an alert", "L1");
  }
  BoardQuery query{.subject = request.subject(),
                   .rule_id = request.rule_id(),
                   .minimum_level = static_cast<Level>(request.minimum_level()),
                   .include_backfill = request.include_backfill()};
  if (request.subject_type() != events::v1::SUBJECT_TYPE_UNSPECIFIED) {
    query.subject_type = std::string(SubjectTypeName(request.subject_type()));
  }
  for (const int state : request.states()) {
    if (state < v1::ALERT_STATE_PENDING || state > v1::ALERT_STATE_RESOLVED) {
      return InvalidArgument("STATE_INVALID", "states", "is no state of an alert");
    }
    query.states.push_back(static_cast<CaseState>(state));
  }
  return query;
}

}  // namespace

AlertsGrpc::AlertsGrpc(Ports ports)
    : ports_(std::move(ports)), watchers_(ports_.streams, ports_.pool) {}

void AlertsGrpc::Publish(const v1::AlertChanged& change) {
  v1::WatchAlertsResponse response;
  *response.mutable_change() = change;
  if (const auto stored = journal::FromTimestamp(change.store_time())) {
    response.set_resume_token(ResumeToken(*stored));
  }
  // Without a subject nothing takes another's place: watchers get every change.
  watchers_.Publish("", response);
}

rpc::MethodTable AlertsGrpc::Methods() {
  rpc::MethodTable table("bellwether.alerts.v1.AlertsService", ports_.pool);
  table.Query("ListAlerts", *this, &AlertsGrpc::List);
  table.Query("GetAlert", *this, &AlertsGrpc::Get);
  table.Command("AcknowledgeAlert", *this, &AlertsGrpc::Acknowledge);
  table.Command("ResolveAlert", *this, &AlertsGrpc::Resolve);
  table.ServerStream("WatchAlerts", [this](const v1::WatchAlertsRequest& request,
                                           const rpc::Call& call) { return Watch(request, call); });
  table.InlineQuery("ListRules",
                    [this](const v1::ListRulesRequest&) -> absl::StatusOr<v1::ListRulesResponse> {
                      v1::ListRulesResponse rules;
                      *rules.mutable_rules() = ports_.rules.rules();
                      return rules;
                    });
  return table;
}

std::shared_ptr<AlertsGrpc::Watchers::Stream> AlertsGrpc::Watch(
    const v1::WatchAlertsRequest& request, const rpc::Call& call) {
  const auto minimum_level = static_cast<Level>(request.minimum_level());
  const bool resumes = !request.resume_token().empty();
  const bool opens = request.include_open() || resumes;
  auto filter = [passed = WatchFilter(minimum_level),
                 opening = resumes](const v1::WatchAlertsResponse& response) mutable {
    if (response.snapshot_end()) {
      opening = false;
      return true;
    }
    // What changed while the watch was away is passed whatever its level: it may be an alert that
    // was above the minimum before.
    return opening ? passed.PassAny(response.change()) : passed.Pass(response.change());
  };
  using Items = Watchers::Stream::Items;
  auto initial = [this, opens,
                  token = request.resume_token()](const rpc::Call&) -> absl::StatusOr<Items> {
    RETURN_IF_ERROR(ports_.feed_ready());
    Items items;
    if (!opens) return items;
    const absl::Time now = ports_.clock.Now();
    std::optional<absl::Time> since;
    if (!token.empty()) {
      ASSIGN_OR_RETURN(since, ReadResumeToken(token, now));
    }
    ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
    ASSIGN_OR_RETURN(std::vector<v1::AlertChanged> changes,
                     since ? ReadChangedSince(*transaction, ports_.rows.policy, *since)
                           : ReadOpen(*transaction, ports_.rows.policy));
    for (v1::AlertChanged& change : changes) {
      v1::WatchAlertsResponse& response = items.emplace_back().message;
      *response.mutable_change() = std::move(change);
      response.set_open_before(!since);
    }
    v1::WatchAlertsResponse& end = items.emplace_back().message;
    end.set_snapshot_end(true);
    end.set_resume_token(ResumeToken(now));
    return items;
  };
  return watchers_.Open(call, std::move(filter), std::move(initial));
}

absl::StatusOr<v1::ListAlertsResponse> AlertsGrpc::List(
    const v1::ListAlertsRequest& request) const {
  ASSIGN_OR_RETURN(const BoardQuery query, QueryOf(request));
  ASSIGN_OR_RETURN(const int rows_max, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  std::optional<BoardPlace> after;
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(after, BoardPlace::FromCursor(cursor));
  }
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
  RETURN_IF_ERROR(CheckRule(*transaction, request.rule_id()));
  ASSIGN_OR_RETURN(BoardPage page,
                   ReadBoard(*transaction, ports_.rows.policy, query, after, rows_max));
  v1::ListAlertsResponse response;
  for (v1::Alert& alert : page.alerts) *response.add_alerts() = std::move(alert);
  if (page.end.has_value()) {
    response.set_next_page_token(rpc::NextPageToken(request, page.end->ToCursor()));
  }
  return response;
}

absl::Status AlertsGrpc::CheckRule(store::Transaction& transaction,
                                   const std::string& rule_id) const {
  if (rule_id.empty()) return absl::OkStatus();
  std::vector<std::string> known;
  for (const v1::AlertRule& rule : ports_.rules.rules()) {
    if (rule.rule_id() == rule_id) return absl::OkStatus();
    known.push_back(rule.rule_id());
  }
  // A rule that was withdrawn still has its alerts.
  ASSIGN_OR_RETURN(const bool has_alerts, HasAlertsOf(transaction, rule_id));
  if (has_alerts) return absl::OkStatus();
  return InvalidArgument("RULE_UNKNOWN", "rule_id",
                         absl::StrCat("none of: ", absl::StrJoin(known, ", ")), "L2");
}

absl::StatusOr<v1::Alert> AlertsGrpc::Get(const v1::GetAlertRequest& request) const {
  ASSIGN_OR_RETURN(const std::string alert_id, AlertIdOf(request.name()));
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
  return ReadAlert(*transaction, ports_.rows.policy, alert_id);
}

template <typename Request>
absl::StatusOr<v1::Alert> AlertsGrpc::Change(
    const Request& request, const rpc::Call& call,
    absl::FunctionRef<absl::Status(CaseRows&, absl::string_view, absl::Time)> decide) const {
  RETURN_IF_ERROR(CheckNote(request.note()));
  ASSIGN_OR_RETURN(const std::string alert_id, AlertIdOf(request.name()));
  const command::Command command = command::Of(request, call);
  const auto change = [&](store::Transaction& transaction,
                          const command::Moment& moment) -> absl::StatusOr<command::Outcome> {
    SqlCaseRows rows(transaction, ports_.rows);
    ASSIGN_OR_RETURN(const std::optional<Case> before, rows.Lock(alert_id));
    if (before.has_value()) {
      RETURN_IF_ERROR(rpc::CheckEtag(command.etag, before->decided_version));
    }
    RETURN_IF_ERROR(decide(rows, alert_id, moment.at));
    ASSIGN_OR_RETURN(const std::optional<Case> after, rows.Lock(alert_id));
    ASSIGN_OR_RETURN(const v1::Alert alert, ReadAlert(transaction, ports_.rows.policy, alert_id));
    const v1::Alert was = ToAlert(*before, ports_.rows.policy);
    return command::Outcome{
        .answer = alert.SerializeAsString(),
        .changed = after->entity_version != before->entity_version,
        .subject_type = "alert",
        .subject_id = alert_id,
        .subject_version = after->entity_version,
        .changes = command::FieldChanges(&was, ToAlert(*after, ports_.rows.policy))};
  };
  ASSIGN_OR_RETURN(const std::string answer, ports_.commands.Run(command, change));
  v1::Alert alert;
  if (!alert.ParseFromString(answer)) {
    return absl::DataLossError("an answer kept by request id cannot be read");
  }
  return alert;
}

absl::StatusOr<v1::Alert> AlertsGrpc::Acknowledge(const v1::AcknowledgeAlertRequest& request,
                                                  const rpc::Call& call) const {
  return Change(request, call, [&](CaseRows& rows, absl::string_view alert_id, absl::Time now) {
    return ports_.cases.Acknowledge(rows, alert_id,
                                    {.actor = call.principal, .note = request.note(), .at = now});
  });
}

absl::StatusOr<v1::Alert> AlertsGrpc::Resolve(const v1::ResolveAlertRequest& request,
                                              const rpc::Call& call) const {
  if (!IsResolveReason(request.reason())) {
    return InvalidArgument("REASON_INVALID", "reason",
                           "must be HANDLED, FALSE_ALARM, DUPLICATE or ACCEPTED_RISK", "L3");
  }
  return Change(request, call, [&](CaseRows& rows, absl::string_view alert_id, absl::Time now) {
    return ports_.cases.Resolve(
        rows, alert_id,
        {.actor = call.principal, .reason = request.reason(), .note = request.note(), .at = now});
  });
}

}  // namespace bellwether::alerts
