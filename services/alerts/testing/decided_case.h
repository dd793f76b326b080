// A test fixture: one rule and subject, whose case is carried from decision to decision.
#ifndef BELLWETHER_SERVICES_ALERTS_TESTING_DECIDED_CASE_H_
#define BELLWETHER_SERVICES_ALERTS_TESTING_DECIDED_CASE_H_

#include <optional>
#include <utility>

#include "gtest/gtest.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::for_tests {

// One rule × subject whose latest case is carried from decision to decision.
class DecidedCaseTest : public testing::Test {
 protected:
  ConditionMoved Moved(ChangeKind kind, Level level, absl::Time at) const {
    ConditionMoved moved;
    moved.change.kind = kind;
    moved.change.rule_id = "R13";
    moved.change.subject = "acme";
    moved.change.level = level;
    moved.change.at = at;
    moved.change.since = at;
    moved.change.reason =
        level == Level::kNone ? VerdictReason::kBelowNoLevel : VerdictReason::kThresholdCrossed;
    moved.change.attributes = {{"display_name", "Acme"}, {"owner", "li"}, {"tier", "core"}};
    moved.rule = &rule_;
    moved.stored_at = at;
    return moved;
  }

  Decision Happens(const CaseEvent& event) {
    absl::StatusOr<Decision> decision = Decide(policy_, case_, event);
    EXPECT_TRUE(decision.ok()) << decision.status();
    if (decision->next.has_value()) {
      EXPECT_EQ(
          decision->next->entity_version,
          (case_.has_value() && case_->alert_id == decision->next->alert_id ? case_->entity_version
                                                                            : 0) +
              1);
      case_ = decision->next;
    }
    return *std::move(decision);
  }
  Decision Fire(Level level, absl::Time at) {
    return Happens(Moved(ChangeKind::kFired, level, at));
  }
  Decision Raise(Level level, absl::Time at) {
    return Happens(Moved(ChangeKind::kRaised, level, at));
  }
  Decision Lower(Level level, absl::Time at) {
    return Happens(Moved(ChangeKind::kLowered, level, at));
  }
  Decision Clear(absl::Time at) { return Happens(Moved(ChangeKind::kCleared, Level::kNone, at)); }
  Decision Acknowledge(absl::Time at) { return Happens(Acknowledged{"wang", "calling", at}); }
  Decision Unacknowledge(absl::Time at) { return Happens(Unacknowledged{"zhao", "", at}); }
  // Just after the escalation that the case waits for is due.
  Decision Escalate() {
    const absl::Time due = *case_->escalate_at;
    return Happens(EscalationDue{due, due + absl::Microseconds(1)});
  }

  CasePolicy policy_ = for_tests::Policy();
  Rule rule_ = for_tests::R13();
  std::optional<Case> case_;
};

}  // namespace bellwether::alerts::for_tests

#endif  // BELLWETHER_SERVICES_ALERTS_TESTING_DECIDED_CASE_H_
