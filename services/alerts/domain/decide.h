// The one function that changes a case. Pure: condition changes, people's calls, timers and
// delivery reports all pass through it, under the row lock of the caller.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_H_

#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

struct ConditionMoved {
  ConditionChange change;
  // The rule, while it is still in force; needed by every change but one that ends a case.
  const Rule* rule = nullptr;
  // When the change is being stored: the time to acknowledge runs from here, not from an instant
  // that may have passed long before anyone could be notified.
  absl::Time stored_at;
};

struct Acknowledged {
  std::string actor;
  std::string note;
  absl::Time at;
};

// The acknowledgement is taken back.
struct Unacknowledged {
  std::string actor;
  std::string note;
  absl::Time at;
};

struct ResolvedByHand {
  std::string actor;
  std::string reason;
  std::string note;
  absl::Time at;
};

// The escalation timer that was set for `due` has come up.
struct EscalationDue {
  absl::Time due;
  absl::Time at;
};

// No silence covers the case any more.
struct SilenceLifted {
  absl::Time at;
};

// A notification has been delivered, or given up.
struct DeliveryEnded {
  std::string target;
  bool delivered = false;
  std::string reason;
  std::string note;
  absl::Time at;
};

using CaseEvent = std::variant<ConditionMoved, Acknowledged, Unacknowledged, ResolvedByHand,
                               EscalationDue, SilenceLifted, DeliveryEnded>;

struct Decision {
  // Why it was decided so: one of the constants below. Also set when nothing changes.
  absl::string_view reason;
  // The case afterwards; unset means nothing changes and nothing is to be written.
  std::optional<Case> next;
  // What goes into the timeline as entry number `next->entity_version`.
  TimelineEntry entry;
  // Boards and other systems learn of it (topic bellwether.alerts.v1).
  bool publish = false;
  // The receivers of notifications are sent it (webhooks).
  bool notify = false;
  // It goes into the one digest of all that held as a past went live.
  bool digest = false;
};

// Reasons for doing nothing.
inline constexpr absl::string_view kNothingOpen = "NOTHING_OPEN";
inline constexpr absl::string_view kHandResolutionHolds = "HAND_RESOLUTION_HOLDS";
inline constexpr absl::string_view kAlreadySo = "ALREADY_SO";
inline constexpr absl::string_view kTimerOutdated = "TIMER_OUTDATED";
inline constexpr absl::string_view kNoSuchRule = "NO_SUCH_RULE";
inline constexpr absl::string_view kOtherDays = "OTHER_DAYS";
inline constexpr absl::string_view kElsewhere = "JUDGED_ELSEWHERE";

// Reasons for a change.
inline constexpr absl::string_view kOpened = "OPENED";
inline constexpr absl::string_view kReopened = "REOPENED";
inline constexpr absl::string_view kRaised = "LEVEL_RAISED";
inline constexpr absl::string_view kRaisedVoidingAcknowledgement =
    "LEVEL_RAISED_ACKNOWLEDGEMENT_VOID";
inline constexpr absl::string_view kSteppedDown = "STEPPED_DOWN";
inline constexpr absl::string_view kConditionCleared = "CONDITION_CLEARED";
inline constexpr absl::string_view kNotSustained = "NOT_SUSTAINED";
inline constexpr absl::string_view kRestatedReason = "RESTATED";
inline constexpr absl::string_view kLateFact = "LATE_FACT";
inline constexpr absl::string_view kUnacknowledged = "UNACKNOWLEDGED";
inline constexpr absl::string_view kTopRung = "TOP_RUNG";
inline constexpr absl::string_view kAcknowledgedReason = "ACKNOWLEDGED";
inline constexpr absl::string_view kTakenBack = "ACKNOWLEDGEMENT_TAKEN_BACK";
inline constexpr absl::string_view kOutOfScope = "OUT_OF_SCOPE";
inline constexpr absl::string_view kBackInScope = "BACK_IN_SCOPE";
inline constexpr absl::string_view kNoLongerJudged = "NO_LONGER_JUDGED";
// Facts it was raised on were taken back.
inline constexpr absl::string_view kHistoryRestated = "HISTORY_RESTATED";
inline constexpr absl::string_view kSubjectChanged = "SUBJECT_CHANGED";
inline constexpr absl::string_view kHeldAtGoLive = "HELD_AT_GO_LIVE";
inline constexpr absl::string_view kRuleWithdrawn = "RULE_WITHDRAWN";
inline constexpr absl::string_view kSilenceEnded = "SILENCE_ENDED";
inline constexpr absl::string_view kByHand = "BY_HAND";
inline constexpr absl::string_view kSubjectClosed = "SUBJECT_CLOSED";
inline constexpr absl::string_view kSubjectMoved = "SUBJECT_MOVED";
inline constexpr absl::string_view kDeliveryReported = "DELIVERY_REPORTED";

// `current` is the latest case of the event's rule and subject, or nothing; for
// ChangeKind::kPastRestated each of them in turn. Fails only for calls of
// people: FAILED_PRECONDITION / NOT_FIRING, ALREADY_ACKNOWLEDGED, NOT_ACKNOWLEDGED, NOT_OPEN.
absl::StatusOr<Decision> Decide(const CasePolicy& policy, const std::optional<Case>& current,
                                const CaseEvent& event);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_H_
