#include "services/alerts/application/case_book.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/alerts/domain/notify.h"

namespace bellwether::alerts {
namespace {

// Known cases keep the partition they came from.
constexpr int32_t kKnownCase = -1;

constexpr absl::string_view kResolveReasons[] = {"HANDLED", "FALSE_ALARM", "DUPLICATE",
                                                 "ACCEPTED_RISK"};

}  // namespace

bool IsResolveReason(absl::string_view reason) {
  return std::find(std::begin(kResolveReasons), std::end(kResolveReasons), reason) !=
         std::end(kResolveReasons);
}

absl::Status CaseBook::Write(CaseRows& rows, const std::optional<Case>& before, Decision decision,
                             int32_t partition, absl::Time now) const {
  if (decision.notify) {
    ASSIGN_OR_RETURN(const std::vector<Silence> active, rows.ActiveSilences(now));
    HoldBack(active, before, decision);
  }
  absl::flat_hash_set<std::string> sent_before;
  if (DependsOnSentBefore(decision, policy_.targets)) {
    ASSIGN_OR_RETURN(sent_before, rows.SentBefore(decision.next->alert_id));
  }
  return rows.Write(decision, PlanDeliveries(decision, policy_.targets, sent_before), partition,
                    now);
}

absl::Status CaseBook::MarkRestated(CaseRows& rows, int32_t partition,
                                    const ConditionChange& change, absl::Time now) const {
  ASSIGN_OR_RETURN(const std::vector<Case> all,
                   rows.LockAll(change.rule_id, change.subject_type, change.subject));
  const ConditionMoved event{change, rules_.Find(change.rule_id), now};
  for (const Case& alert : all) {
    ASSIGN_OR_RETURN(Decision decision, Decide(policy_, alert, event));
    if (decision.next.has_value()) {
      RETURN_IF_ERROR(Write(rows, alert, std::move(decision), partition, now));
    }
  }
  return absl::OkStatus();
}

absl::Status CaseBook::ApplyChange(CaseRows& rows, int32_t partition, const ConditionChange& change,
                                   absl::Time now) const {
  if (change.kind == ChangeKind::kPastRestated) return MarkRestated(rows, partition, change, now);
  ASSIGN_OR_RETURN(const std::optional<Case> current,
                   rows.LockLatest(change.rule_id, change.subject_type, change.subject));
  ASSIGN_OR_RETURN(
      Decision decision,
      Decide(policy_, current, ConditionMoved{change, rules_.Find(change.rule_id), now}));
  if (!decision.next.has_value()) return absl::OkStatus();
  return Write(rows, current, std::move(decision), partition, now);
}

absl::Status CaseBook::ApplyChanges(CaseRows& rows, int32_t partition,
                                    absl::Span<const ConditionChange> changes,
                                    absl::Time now) const {
  for (const ConditionChange& change : changes) {
    RETURN_IF_ERROR(ApplyChange(rows, partition, change, now));
  }
  return absl::OkStatus();
}

absl::Status CaseBook::Restate(CaseRows& rows, int32_t partition, const Restatement& restatement,
                               absl::Time now) const {
  absl::flat_hash_set<std::pair<std::string, std::string>> holding;
  for (const ConditionChange& change : restatement.holding) {
    holding.emplace(change.rule_id, SubjectKey(change.subject_type, change.subject));
  }
  ASSIGN_OR_RETURN(const std::vector<Case> open, rows.LockOpen(partition));
  for (const Case& alert : open) {
    const std::pair<std::string, std::string> key(alert.rule_id,
                                                  SubjectKey(alert.subject_type, alert.subject));
    if (holding.contains(key)) continue;
    if (alert.state == CaseState::kPending && restatement.pending.contains(key)) continue;
    ConditionChange over{.kind = ChangeKind::kRestated,
                         .rule_id = alert.rule_id,
                         .subject = alert.subject,
                         .subject_type = alert.subject_type,
                         .account = alert.account,
                         .subject_version = alert.subject_version,
                         .level = Level::kNone,
                         .at = restatement.at,
                         .since = restatement.at,
                         .attributes = alert.attributes};
    RETURN_IF_ERROR(ApplyChange(rows, partition, over, now));
  }
  return ApplyChanges(rows, partition, restatement.holding, now);
}

absl::Status CaseBook::Change(CaseRows& rows, absl::string_view alert_id, const CaseEvent& event,
                              absl::Time at) const {
  ASSIGN_OR_RETURN(const std::optional<Case> current, rows.Lock(alert_id));
  if (!current.has_value()) {
    return Error(absl::StatusCode::kNotFound, {"ALERT_NOT_FOUND", "name", ""},
                 absl::StrCat("there is no alert ", alert_id));
  }
  ASSIGN_OR_RETURN(Decision decision, Decide(policy_, current, event));
  if (!decision.next.has_value()) return absl::OkStatus();
  return Write(rows, current, std::move(decision), kKnownCase, at);
}

absl::Status CaseBook::Acknowledge(CaseRows& rows, absl::string_view alert_id,
                                   const Acknowledged& event) const {
  return Change(rows, alert_id, event, event.at);
}

absl::Status CaseBook::Unacknowledge(CaseRows& rows, absl::string_view alert_id,
                                     const Unacknowledged& event) const {
  return Change(rows, alert_id, event, event.at);
}

absl::Status CaseBook::Resolve(CaseRows& rows, absl::string_view alert_id,
                               const ResolvedByHand& event) const {
  return Change(rows, alert_id, event, event.at);
}

absl::StatusOr<bool> CaseBook::Escalate(CaseRows& rows, absl::string_view alert_id,
                                        const EscalationDue& event) const {
  ASSIGN_OR_RETURN(const std::optional<Case> current, rows.Lock(alert_id));
  ASSIGN_OR_RETURN(Decision decision, Decide(policy_, current, event));
  if (!decision.next.has_value()) return false;
  RETURN_IF_ERROR(Write(rows, current, std::move(decision), kKnownCase, event.at));
  return true;
}

absl::StatusOr<bool> CaseBook::LiftSilence(CaseRows& rows, absl::string_view alert_id,
                                           absl::Span<const Silence> active, absl::Time now) const {
  ASSIGN_OR_RETURN(const std::optional<Case> current, rows.Lock(alert_id));
  ASSIGN_OR_RETURN(Decision decision, Decide(policy_, current, SilenceLifted{now}));
  HoldBack(active, current, decision);
  if (!decision.next.has_value() || !decision.notify) return false;
  RETURN_IF_ERROR(Write(rows, current, std::move(decision), kKnownCase, now));
  return true;
}

absl::StatusOr<int64_t> CaseBook::LiftSilences(CaseRows& rows, absl::Time now) const {
  ASSIGN_OR_RETURN(const std::vector<Silence> active, rows.ActiveSilences(now));
  int64_t lifted = 0;
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<Case> held_back, rows.HeldBack(after));
    if (held_back.empty()) return lifted;
    for (const Case& alert : held_back) {
      if (Covering(active, alert) != nullptr) continue;
      ASSIGN_OR_RETURN(const bool notified, LiftSilence(rows, alert.alert_id, active, now));
      if (notified) ++lifted;
      if (lifted == kLiftedAtOnce) return lifted;
    }
    after = held_back.back().alert_id;
  }
}

absl::Status CaseBook::ReportDelivery(CaseRows& rows, absl::string_view alert_id,
                                      const DeliveryEnded& event) const {
  return Change(rows, alert_id, event, event.at);
}

}  // namespace bellwether::alerts
