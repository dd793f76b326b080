#include "services/alerts/domain/decide_calls.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"

namespace bellwether::alerts {
namespace {

Decision Changed(absl::string_view reason, Case next, TimelineEntry entry) {
  next.decided_version = ++next.entity_version;
  entry.level = next.level;
  const bool notify = next.announced;
  return {.reason = reason,
          .next = std::move(next),
          .entry = std::move(entry),
          .publish = true,
          .notify = notify};
}

}  // namespace

absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const Acknowledged& event) {
  if (current.has_value() && current->state == CaseState::kAcknowledged) {
    return FailedPrecondition(
        "ALREADY_ACKNOWLEDGED", "name",
        absl::StrCat(
            "already acknowledged by ", current->assignee, " at ",
            absl::FormatTime("%Y-%m-%d %H:%M:%S", *current->acknowledge_time, policy.zone)),
        "L3");
  }
  if (!current.has_value() || current->state != CaseState::kFiring) {
    return FailedPrecondition("NOT_FIRING", "name", "only a firing alert can be acknowledged",
                              "L3");
  }
  Case next = *current;
  next.state = CaseState::kAcknowledged;
  next.acknowledge_time = event.at;
  next.assignee = event.actor;
  next.escalate_unless_acknowledged = std::exchange(next.escalate_at, std::nullopt);
  return Changed(kAcknowledgedReason, std::move(next),
                 {.time = event.at,
                  .kind = EntryKind::kAcknowledged,
                  .actor = event.actor,
                  .reason = std::string(kAcknowledgedReason),
                  .note = event.note});
}

absl::StatusOr<Decision> DecideOn(const CasePolicy&, const std::optional<Case>& current,
                                  const Unacknowledged& event) {
  if (!current.has_value() || current->state != CaseState::kAcknowledged) {
    return FailedPrecondition("NOT_ACKNOWLEDGED", "name",
                              "only an acknowledgement can be taken back", "L3");
  }
  Case next = *current;
  next.state = CaseState::kFiring;
  next.acknowledge_time = std::nullopt;
  next.assignee = next.owner();
  // The clock has been running on, so that nobody gains time by acknowledging for a moment.
  next.escalate_at = std::exchange(next.escalate_unless_acknowledged, std::nullopt);
  return Changed(kTakenBack, std::move(next),
                 {.time = event.at,
                  .kind = EntryKind::kUnacknowledged,
                  .actor = event.actor,
                  .reason = std::string(kTakenBack),
                  .note = event.note});
}

absl::StatusOr<Decision> DecideOn(const CasePolicy&, const std::optional<Case>& current,
                                  const ResolvedByHand& event) {
  if (!current.has_value() || !current->open()) {
    return FailedPrecondition("NOT_OPEN", "name", "the alert is resolved already", "L3");
  }
  Case next = *current;
  next.state = CaseState::kResolved;
  next.resolve_time = event.at;
  next.resolve_reason = std::string(kByHand);
  next.escalate_at = std::nullopt;
  return Changed(kByHand, std::move(next),
                 {.time = event.at,
                  .kind = EntryKind::kResolved,
                  .actor = event.actor,
                  .reason = event.reason,
                  .note = event.note});
}

absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const EscalationDue& event) {
  // Acknowledging at the due instant itself is still in time; only past it the alert escalates.
  if (!current.has_value() || current->state != CaseState::kFiring ||
      current->escalate_at != event.due || event.at <= event.due) {
    return Nothing(kTimerOutdated);
  }
  Case next = *current;
  next.escalate_at = std::nullopt;
  if (next.escalation_rung >= policy.last_rung()) {
    // The chain has become shorter since the timer was set: nobody is left above.
    return Changed(kTopRung, std::move(next),
                   {.time = event.at,
                    .kind = EntryKind::kEscalated,
                    .actor = kSystemActor,
                    .reason = std::string(kTopRung),
                    .note = "not acknowledged in time, and there is nobody above"});
  }
  ++next.escalation_rung;
  if (next.escalation_rung < policy.last_rung()) {
    next.escalate_at = event.at + next.acknowledge_within;
  }
  std::string note = absl::StrCat(
      "not acknowledged within ", absl::FormatDuration(next.acknowledge_within), "; now with ",
      absl::StrJoin(policy.escalation_chain[next.escalation_rung], ", "));
  return Changed(kUnacknowledged, std::move(next),
                 {.time = event.at,
                  .kind = EntryKind::kEscalated,
                  .actor = kSystemActor,
                  .reason = std::string(kUnacknowledged),
                  .note = std::move(note)});
}

absl::StatusOr<Decision> DecideOn(const CasePolicy&, const std::optional<Case>& current,
                                  const SilenceLifted& event) {
  if (!current.has_value() || !current->open()) return Nothing(kNothingOpen);
  if (!current->held_back) return Nothing(kAlreadySo);
  Case next = *current;
  next.held_back = false;
  next.announced = true;
  return Changed(kSilenceEnded, std::move(next),
                 {.time = event.at,
                  .kind = EntryKind::kSilenceEnded,
                  .actor = kSystemActor,
                  .reason = std::string(kSilenceEnded)});
}

absl::StatusOr<Decision> DecideOn(const CasePolicy&, const std::optional<Case>& current,
                                  const DeliveryEnded& event) {
  if (!current.has_value()) return Nothing(kNothingOpen);
  Decision decision = Changed(
      kDeliveryReported, *current,
      {.time = event.at,
       .kind = event.delivered ? EntryKind::kNotified : EntryKind::kNotificationFailed,
       .actor = kSystemActor,
       .reason = event.reason,
       .note = event.note.empty() ? event.target : absl::StrCat(event.target, ": ", event.note)});
  decision.next->decided_version = current->decided_version;
  decision.publish = !event.delivered;
  decision.notify = false;
  return decision;
}

}  // namespace bellwether::alerts
