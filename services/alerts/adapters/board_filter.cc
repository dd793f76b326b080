#include "services/alerts/adapters/board_filter.h"

#include "common/base/status.h"
#include "services/alerts/adapters/case_states.h"

namespace bellwether::alerts {
namespace {

template <typename Entries>
absl::Status CheckSize(const Entries& entries, absl::string_view field) {
  if (entries.size() <= kFilterEntriesMax) return absl::OkStatus();
  return InvalidArgument("TOO_MANY_ENTRIES", field, "has more than 200 entries");
}

}  // namespace

absl::StatusOr<CaseState> ToState(int state, absl::string_view field) {
  if (state < v1::ALERT_STATE_PENDING || state > v1::ALERT_STATE_RESOLVED) {
    return InvalidArgument("STATE_INVALID", field, "is no state of an alert", "L3");
  }
  return static_cast<CaseState>(state);
}

absl::StatusOr<BoardFilter> ToFilter(const v1::AlertFilter& filter, const rpc::Call& call) {
  RETURN_IF_ERROR(CheckSize(filter.states(), "filter.states"));
  RETURN_IF_ERROR(CheckSize(filter.levels(), "filter.levels"));
  RETURN_IF_ERROR(CheckSize(filter.rule_ids(), "filter.rule_ids"));
  RETURN_IF_ERROR(CheckSize(filter.tiers(), "filter.tiers"));
  RETURN_IF_ERROR(CheckSize(filter.assignees(), "filter.assignees"));
  BoardFilter board{.rule_ids = {filter.rule_ids().begin(), filter.rule_ids().end()},
                    .tiers = {filter.tiers().begin(), filter.tiers().end()},
                    .assignees = {filter.assignees().begin(), filter.assignees().end()},
                    .account = filter.account_id(),
                    .include_backfill = filter.include_backfill()};
  for (const int given : filter.states()) {
    ASSIGN_OR_RETURN(const CaseState state, ToState(given, "filter.states"));
    board.states.push_back(state);
  }
  for (const int level : filter.levels()) {
    if (level < v1::LEVEL_YELLOW || level > v1::LEVEL_RED) {
      return InvalidArgument("LEVEL_INVALID", "filter.levels", "is no level of an alert", "L1");
    }
    board.levels.push_back(static_cast<Level>(level));
  }
  if (!filter.mine()) return board;
  if (call.principal == rpc::kAnonymous) {
    return Error(absl::StatusCode::kUnauthenticated, {"PRINCIPAL_REQUIRED", "filter.mine", ""},
                 "who asks for what is theirs says who they are");
  }
  board.mine = call.principal;
  return board;
}

void AddFilter(const BoardFilter& filter, Where& where) {
  if (filter.states.empty()) where.Add(kIsOpen);
  where.AddOneOf("state", filter.states);
  where.AddOneOf("level", filter.levels);
  where.AddOneOf("rule_id", filter.rule_ids);
  where.AddOneOf("tier", filter.tiers);
  where.AddOneOf("assignee", filter.assignees);
  if (!filter.mine.empty()) where.Add("assignee =", filter.mine);
  if (!filter.account.empty()) where.Add("account =", filter.account);
  if (!filter.include_backfill) where.Add("backfill = 0");
}

}  // namespace bellwether::alerts
