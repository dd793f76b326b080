#include "services/alerts/adapters/sql_facets.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::alerts {
namespace {

absl::StatusOr<int64_t> Count(store::Transaction& transaction, const BoardFilter& filter) {
  Where where;
  AddFilter(filter, where);
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(absl::StrCat("SELECT COUNT(*) FROM alert_cases WHERE ", where.Text()),
                        where.parameters()));
  return rows[0].Int(0);
}

// Rows of (value, count), the greatest first: of more than kFacetValuesMax one beyond them.
absl::StatusOr<store::Rows> CountBy(store::Transaction& transaction, absl::string_view column,
                                    const BoardFilter& rest) {
  Where where;
  AddFilter(rest, where);
  const std::string limit = where.Place(kFacetValuesMax + 1);
  return transaction.Query(
      absl::StrCat("SELECT ", column, ", COUNT(*) FROM alert_cases WHERE ", where.Text(),
                   " GROUP BY ", column, " ORDER BY COUNT(*) DESC, ", column, " LIMIT ", limit),
      where.parameters());
}

absl::Status CountTexts(store::Transaction& transaction, absl::string_view column,
                        const BoardFilter& rest,
                        google::protobuf::RepeatedPtrField<v1::FacetCount>& counts,
                        v1::CountAlertsResponse& response) {
  ASSIGN_OR_RETURN(const store::Rows rows, CountBy(transaction, column, rest));
  for (const store::Row& row : rows) {
    if (counts.size() == kFacetValuesMax) {
      response.set_cut(true);
      break;
    }
    v1::FacetCount& count = *counts.Add();
    count.set_value(row.Text(0));
    count.set_count(row.Int(1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::CountAlertsResponse> CountFacets(store::Transaction& transaction,
                                                    const BoardFilter& filter,
                                                    absl::string_view who) {
  v1::CountAlertsResponse response;
  ASSIGN_OR_RETURN(const int64_t total, Count(transaction, filter));
  response.set_total(total);

  BoardFilter rest = filter;
  rest.levels.clear();
  ASSIGN_OR_RETURN(const store::Rows levels, CountBy(transaction, "level", rest));
  for (const store::Row& row : levels) {
    v1::LevelCount& count = *response.add_levels();
    count.set_level(static_cast<v1::Level>(row.Int(0)));
    count.set_count(row.Int(1));
  }
  rest = filter;
  rest.states = {CaseState::kPending, CaseState::kFiring, CaseState::kAcknowledged,
                 CaseState::kResolved};
  ASSIGN_OR_RETURN(const store::Rows states, CountBy(transaction, "state", rest));
  for (const store::Row& row : states) {
    v1::StateCount& count = *response.add_states();
    count.set_state(static_cast<v1::AlertState>(row.Int(0)));
    count.set_count(row.Int(1));
  }
  rest = filter;
  rest.rule_ids.clear();
  RETURN_IF_ERROR(CountTexts(transaction, "rule_id", rest, *response.mutable_rules(), response));
  rest = filter;
  rest.tiers.clear();
  RETURN_IF_ERROR(CountTexts(transaction, "tier", rest, *response.mutable_tiers(), response));
  rest = filter;
  rest.assignees.clear();
  RETURN_IF_ERROR(
      CountTexts(transaction, "assignee", rest, *response.mutable_assignees(), response));
  if (!who.empty()) {
    rest = filter;
    rest.mine = std::string(who);
    ASSIGN_OR_RETURN(const int64_t mine, Count(transaction, rest));
    response.set_mine(mine);
  }
  return response;
}

}  // namespace bellwether::alerts
