#include "services/alerts/adapters/alert_queries.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/rpc/paging.h"
#include "common/subject/subject_type.h"
#include "services/alerts/adapters/alert_messages.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/adapters/sql_facets.h"
#include "services/alerts/adapters/watch_resume.h"

namespace bellwether::alerts {
namespace {

absl::StatusOr<BoardQuery> QueryOf(const v1::ListAlertsRequest& request, const rpc::Call& call) {
  if (!v1::Level_IsValid(request.minimum_level())) {
    return InvalidArgument("LEVEL_INVALID", "minimum_level", "is no level of an alert", "L1");
  }
  BoardQuery query{.subject = request.subject(),
                   .rule_id = request.rule_id(),
                   .minimum_level = static_cast<Level>(request.minimum_level())};
  ASSIGN_OR_RETURN(query.filter, ToFilter(request.filter(), call));
  query.filter.include_backfill |= request.include_backfill();
  if (request.subject_type() != events::v1::SUBJECT_TYPE_UNSPECIFIED) {
    query.subject_type = std::string(SubjectTypeName(request.subject_type()));
    if (query.subject_type.empty()) {
      return InvalidArgument("SUBJECT_TYPE_INVALID", "subject_type", "is no type of a subject");
    }
  }
  if (!query.filter.states.empty() && request.states_size() > 0) {
    return InvalidArgument("STATES_TWICE", "states", "stand in the filter already");
  }
  for (const int given : request.states()) {
    ASSIGN_OR_RETURN(const CaseState state, ToState(given, "states"));
    query.filter.states.push_back(state);
  }
  return query;
}

}  // namespace

absl::StatusOr<v1::ListAlertsResponse> AlertQueries::List(const v1::ListAlertsRequest& request,
                                                          const rpc::Call& call) const {
  ASSIGN_OR_RETURN(const BoardQuery query, QueryOf(request, call));
  ASSIGN_OR_RETURN(const int rows_max, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  std::optional<BoardPlace> after;
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(after, BoardPlace::FromCursor(cursor));
  }
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  RETURN_IF_ERROR(CheckRule(*transaction, request.rule_id()));
  ASSIGN_OR_RETURN(BoardPage page, ReadBoard(*transaction, policy_, query, after, rows_max));
  v1::ListAlertsResponse response;
  for (v1::Alert& alert : page.alerts) *response.add_alerts() = std::move(alert);
  if (page.end.has_value()) {
    response.set_next_page_token(rpc::NextPageToken(request, page.end->ToCursor()));
  }
  return response;
}

absl::StatusOr<v1::CountAlertsResponse> AlertQueries::Count(const v1::CountAlertsRequest& request,
                                                            const rpc::Call& call) const {
  ASSIGN_OR_RETURN(const BoardFilter filter, ToFilter(request.filter(), call));
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  return CountFacets(*transaction, filter,
                     call.principal == rpc::kAnonymous ? "" : absl::string_view(call.principal));
}

absl::Status AlertQueries::CheckRule(store::Transaction& transaction,
                                     const std::string& rule_id) const {
  if (rule_id.empty()) return absl::OkStatus();
  std::vector<std::string> known;
  for (const v1::AlertRule& rule : rules_.rules()) {
    if (rule.rule_id() == rule_id) return absl::OkStatus();
    known.push_back(rule.rule_id());
  }
  // A rule that was withdrawn still has its alerts.
  ASSIGN_OR_RETURN(const bool has_alerts, HasAlertsOf(transaction, rule_id));
  if (has_alerts) return absl::OkStatus();
  return InvalidArgument("RULE_UNKNOWN", "rule_id",
                         absl::StrCat("none of: ", absl::StrJoin(known, ", ")), "L2");
}

absl::StatusOr<v1::Alert> AlertQueries::Get(const v1::GetAlertRequest& request) const {
  ASSIGN_OR_RETURN(const std::string alert_id, AlertIdOf(request.name()));
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  return ReadAlert(*transaction, policy_, alert_id);
}

absl::StatusOr<v1::ListRulesResponse> AlertQueries::Rules(const v1::ListRulesRequest&) const {
  v1::ListRulesResponse response;
  *response.mutable_rules() = rules_.rules();
  return response;
}

absl::StatusOr<std::vector<v1::AlertChanged>> AlertQueries::Open() const {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  return ReadOpen(*transaction, policy_);
}

absl::StatusOr<std::vector<v1::AlertChanged>> AlertQueries::ChangedSince(absl::Time since) const {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  return ReadChangedSince(*transaction, policy_, since);
}

absl::StatusOr<std::vector<SeenAlert>> AlertQueries::OpenSince(Level minimum_level) const {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  return ReadOpenSince(*transaction, minimum_level);
}

}  // namespace bellwether::alerts
