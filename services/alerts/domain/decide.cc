#include "services/alerts/domain/decide.h"

#include "services/alerts/domain/decide_calls.h"
#include "services/alerts/domain/decide_condition.h"

namespace bellwether::alerts {
namespace {

// The case as it stood before its subject moved: where the condition holds under the new key, be it
// ripe there or not, it goes on, as if nothing had been said in between.
std::optional<Case> BeforeMove(const std::optional<Case>& current, ChangeKind kind) {
  if (!current.has_value() || current->open() || current->resolve_reason != kSubjectMoved ||
      !current->fire_time.has_value() ||
      (kind != ChangeKind::kFired && kind != ChangeKind::kPending)) {
    return std::nullopt;
  }
  Case before = *current;
  before.state =
      before.acknowledge_time.has_value() ? CaseState::kAcknowledged : CaseState::kFiring;
  before.resolve_time = std::nullopt;
  before.resolve_reason.clear();
  return before;
}

absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const ConditionMoved& event) {
  const ConditionChange& change = event.change;
  // An account is judged under its own key alone.
  const bool elsewhere =
      current.has_value() && change.subject_type != kAccount && current->account != change.account;
  if (elsewhere && change.subject_version < current->subject_version) return Nothing(kElsewhere);
  if (const std::optional<Case> before = BeforeMove(current, change.kind)) {
    return DecideOnCondition(policy, before, event, /*moves=*/true);
  }
  return DecideOnCondition(policy, current, event, elsewhere);
}

}  // namespace

absl::StatusOr<Decision> Decide(const CasePolicy& policy, const std::optional<Case>& current,
                                const CaseEvent& event) {
  return std::visit([&](const auto& happened) { return DecideOn(policy, current, happened); },
                    event);
}

}  // namespace bellwether::alerts
