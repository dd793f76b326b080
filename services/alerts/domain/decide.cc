#include "services/alerts/domain/decide.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/alerts/domain/text.h"

namespace bellwether::alerts {
namespace {

constexpr absl::string_view kDisplayName = "display_name";
constexpr absl::string_view kOwner = "owner";

Decision Nothing(absl::string_view reason) { return {.reason = reason}; }

// The value a rule judges, for display.
std::string ValueNameOf(const Rule& rule) {
  if (const auto* threshold = std::get_if<Threshold>(&rule.condition)) return threshold->value;
  if (const auto* change = std::get_if<PercentageChange>(&rule.condition)) return change->value;
  if (const auto* absence = std::get_if<Absence>(&rule.condition)) return absence->value;
  return "";
}

std::string OwnerOf(const Case& alert) { return std::string(alert.attributes.Get(kOwner)); }

// The case as it stood before its subject moved: where the condition still holds under the new key
// it goes on, as if nothing had been said in between.
std::optional<Case> BeforeMove(const std::optional<Case>& current, ChangeKind kind) {
  if (!current.has_value() || current->open() || current->resolve_reason != kSubjectMoved ||
      !current->fire_time.has_value() || kind != ChangeKind::kFired) {
    return std::nullopt;
  }
  Case before = *current;
  before.state =
      before.acknowledge_time.has_value() ? CaseState::kAcknowledged : CaseState::kFiring;
  before.resolve_time = std::nullopt;
  before.resolve_reason.clear();
  return before;
}

// Decides on one condition change; lives for one call.
class ConditionDecider {
 public:
  // `moves`: the change is the first from under another key than the case's.
  ConditionDecider(const CasePolicy& policy, const std::optional<Case>& current,
                   const ConditionMoved& event, bool moves)
      : policy_(policy), current_(current), event_(event), change_(event.change), moves_(moves) {}

  Decision Decide() {
    switch (change_.kind) {
      case ChangeKind::kPending:
        return Wait();
      case ChangeKind::kPendingDropped:
        return Drop();
      case ChangeKind::kFired:
      case ChangeKind::kRaised:
        return IsFired() ? Relevel() : Open();
      case ChangeKind::kLowered:
        return IsFired() ? Relevel() : Nothing(ReasonNothingIsOpen());
      case ChangeKind::kCleared:
        return IsOpen() ? Resolve(kConditionCleared) : Nothing(ReasonNothingIsOpen());
      case ChangeKind::kRestated:
        return Restate();
      case ChangeKind::kPastRestated:
        return Mark();
      case ChangeKind::kSubjectClosed:
        return IsOpen() ? Resolve(kSubjectClosed) : Nothing(kNothingOpen);
      case ChangeKind::kSubjectMoved:
        return IsOpen() ? Leave() : Nothing(kNothingOpen);
    }
    return Nothing(kNothingOpen);
  }

 private:
  bool IsOpen() const { return current_.has_value() && current_->open(); }
  bool IsFired() const { return IsOpen() && current_->state != CaseState::kPending; }
  // Decided about the past: stored, never told to anyone.
  bool IsQuiet() const { return change_.backfill || change_.kind == ChangeKind::kRestated; }

  bool WasResolvedByHand() const {
    return current_.has_value() && !current_->open() && current_->resolve_reason == kByHand;
  }
  absl::string_view ReasonNothingIsOpen() const {
    return WasResolvedByHand() ? kHandResolutionHolds : kNothingOpen;
  }

  // L3: fires again within its window.
  bool Reopens() const {
    return current_.has_value() && current_->fire_time.has_value() &&
           (current_->open() || change_.at - *current_->resolve_time <= policy_.reopen_within);
  }

  // The case to open: the pending one, the recently resolved one, or the next of its sequence.
  Case OpenableCase() const {
    if (IsOpen() || Reopens()) return *current_;
    Case fresh;
    fresh.sequence = current_.has_value() ? current_->sequence + 1 : 1;
    fresh.rule_id = change_.rule_id;
    fresh.subject = change_.subject;
    fresh.subject_type = change_.subject_type;
    fresh.alert_id = absl::StrCat(fresh.rule_id, ".", SubjectKey(fresh.subject_type, fresh.subject),
                                  ".", fresh.sequence);
    return fresh;
  }

  void Describe(Case& next) const {
    const Rule& rule = *event_.rule;
    next.rule_version = rule.version;
    next.level = change_.level;
    next.account = change_.account;
    next.subject_version = change_.subject_version;
    next.attributes = change_.attributes;
    next.priority = policy_.PriorityOf(next.level, next.attributes.Get(kTierAttribute));
    next.title = rule.title;
    next.title_zh = rule.title_zh;
    const absl::string_view display_name = next.attributes.Get(kDisplayName);
    const TextFigures figures{display_name.empty() ? absl::string_view(next.subject) : display_name,
                              change_.value_micros, change_.threshold_micros, change_.since};
    next.text = RenderText(rule.text, rule, figures, policy_.zone);
    next.text_zh = RenderText(rule.text_zh, rule, figures, policy_.zone);
    next.rule_cause = rule.cause;
    next.playbook = rule.playbook;
    next.value_name = ValueNameOf(rule);
    next.value_micros = change_.value_micros;
    next.judged_time = change_.at;
    next.cause = change_.cause;
    next.acknowledge_within = rule.acknowledge_within;
  }

  int32_t FirstRung(Level level) const {
    return std::min(policy_.first_rung[Rank(level) - 1], policy_.last_rung());
  }

  void Arm(Case& next) const {
    next.escalate_at = std::nullopt;
    if (IsQuiet() || next.acknowledge_within <= absl::ZeroDuration()) return;
    if (next.escalation_rung >= policy_.last_rung()) return;
    next.escalate_at = std::max(event_.stored_at, change_.at) + next.acknowledge_within;
  }

  Decision Change(absl::string_view reason, Case next, EntryKind kind,
                  absl::string_view entry_reason, std::string note = "") const {
    next.decided_version = ++next.entity_version;
    TimelineEntry entry{.time = change_.at,
                        .kind = kind,
                        .actor = kSystemActor,
                        .reason = std::string(entry_reason),
                        .note = std::move(note),
                        .level = next.level};
    const bool publish = !next.backfill;
    return {.reason = reason,
            .next = std::move(next),
            .entry = std::move(entry),
            .publish = publish,
            .notify = false};
  }

  absl::string_view EntryReason() const {
    return change_.kind == ChangeKind::kRestated ? kRestatedReason
                                                 : VerdictReasonName(change_.reason);
  }

  Decision Wait() const {
    if (IsOpen() && !moves_) return Nothing(kAlreadySo);
    if (event_.rule == nullptr) return Nothing(kNoSuchRule);
    Case next = OpenableCase();
    Describe(next);
    next.state = CaseState::kPending;
    next.pending_time = change_.at;
    next.escalate_at = std::nullopt;
    next.assignee = OwnerOf(next);
    next.backfill = change_.backfill;
    return Change(kOpened, std::move(next), EntryKind::kPending, EntryReason());
  }

  Decision Drop() const {
    if (!IsOpen() || current_->state != CaseState::kPending) return Nothing(kNothingOpen);
    Case next = *current_;
    next.state = CaseState::kResolved;
    // A case that had fired before keeps the end of that episode: its window does not grow.
    if (!next.resolve_time.has_value()) next.resolve_time = change_.at;
    next.resolve_reason = std::string(kNotSustained);
    return Change(kNotSustained, std::move(next), EntryKind::kResolved, kNotSustained);
  }

  Decision Open() const {
    if (event_.rule == nullptr) return Nothing(kNoSuchRule);
    const bool again = Reopens();
    Case next = OpenableCase();
    Describe(next);
    next.state = CaseState::kFiring;
    next.fire_time = change_.at;
    next.acknowledge_time = std::nullopt;
    next.resolve_time = std::nullopt;
    next.resolve_reason.clear();
    next.assignee = OwnerOf(next);
    next.escalation_rung = FirstRung(next.level);
    next.backfill = change_.backfill;
    next.restated = change_.kind == ChangeKind::kRestated;
    next.announced = !IsQuiet();
    Arm(next);
    Decision decision = Change(again ? kReopened : kOpened, std::move(next),
                               again ? EntryKind::kReopened : EntryKind::kFired, EntryReason());
    decision.notify = !IsQuiet();
    return decision;
  }

  Decision Relevel() const {
    if (event_.rule == nullptr) return Nothing(kNoSuchRule);
    if (change_.level == current_->level) return moves_ ? Move() : Nothing(kAlreadySo);
    return change_.level > current_->level ? Raise() : StepDown();
  }

  // A raise is worse news than what was acknowledged: it is told at once and answered for anew.
  Decision Raise() const {
    Case next = *current_;
    const bool voids = next.state == CaseState::kAcknowledged;
    std::string note =
        absl::StrCat("from ", LevelName(next.level), " to ", LevelName(change_.level));
    if (voids) absl::StrAppend(&note, "; voids the acknowledgement of ", next.assignee);
    Describe(next);
    next.state = CaseState::kFiring;
    next.acknowledge_time = std::nullopt;
    if (voids) next.assignee = OwnerOf(next);
    next.escalation_rung = std::max(next.escalation_rung, FirstRung(next.level));
    if (change_.kind == ChangeKind::kRestated) next.restated = true;
    if (!IsQuiet()) {
      next.backfill = false;
      next.announced = true;
    }
    Arm(next);
    Decision decision = Change(voids ? kRaisedVoidingAcknowledgement : kRaised, std::move(next),
                               EntryKind::kLevelRaised, EntryReason(), std::move(note));
    decision.notify = !IsQuiet();
    return decision;
  }

  // The same condition under another account: no news for those who know of it, but others answer
  // for it from now on.
  Decision Move() const {
    Case next = *current_;
    Describe(next);
    if (next.state == CaseState::kFiring) {
      next.assignee = OwnerOf(next);
      Arm(next);
    }
    return Change(kSubjectMoved, std::move(next), EntryKind::kMoved, kSubjectMoved,
                  absl::StrCat("now of account ", change_.account));
  }

  // Nobody is told that it is over: whether it is, is judged under the new key.
  Decision Leave() const {
    Decision decision = Resolve(kSubjectMoved);
    decision.next->account = change_.moved_to;
    decision.next->subject_version = change_.subject_version;
    decision.entry.note = absl::StrCat("to account ", change_.moved_to);
    decision.notify = false;
    return decision;
  }

  // Still firing: neither the acknowledgement nor the time to give it changes.
  Decision StepDown() const {
    Case next = *current_;
    std::string note = absl::StrCat("from ", LevelName(next.level), " to ",
                                    LevelName(change_.level), "; still firing");
    Describe(next);
    if (change_.kind == ChangeKind::kRestated) next.restated = true;
    Decision decision = Change(
        kSteppedDown, std::move(next), EntryKind::kLevelLowered,
        change_.kind == ChangeKind::kRestated ? kRestatedReason : kSteppedDown, std::move(note));
    decision.notify = !IsQuiet() && decision.next->announced;
    return decision;
  }

  Decision Resolve(absl::string_view reason) const {
    Case next = *current_;
    next.state = CaseState::kResolved;
    next.resolve_time = change_.at;
    next.resolve_reason = std::string(reason);
    next.escalate_at = std::nullopt;
    if (change_.kind == ChangeKind::kRestated) next.restated = true;
    const bool told = next.announced;
    Decision decision = Change(reason, std::move(next), EntryKind::kResolved,
                               reason == kConditionCleared ? EntryReason() : reason);
    // Whoever was told that it fired is told that it is over, also when a re-fold ended it.
    decision.notify = told && !change_.backfill;
    return decision;
  }

  Decision Restate() const {
    if (change_.level == Level::kNone) {
      return IsOpen() ? Resolve(kRestatedReason) : Nothing(kNothingOpen);
    }
    if (IsFired()) return Relevel();
    if (WasResolvedByHand() && change_.since <= *current_->resolve_time) {
      return Nothing(kHandResolutionHolds);
    }
    return Open();
  }

  // Late facts changed what it was raised on, or what it shows. What is past stays as it was, for
  // whoever acted on it: the case gets a mark and a line, and an etag read before still holds.
  Decision Mark() const {
    if (!current_.has_value() || !current_->fire_time.has_value()) return Nothing(kNothingOpen);
    if (event_.rule == nullptr) return Nothing(kNoSuchRule);
    const absl::CivilDay fired = absl::ToCivilDay(*current_->fire_time, policy_.zone);
    const absl::CivilDay judged =
        absl::ToCivilDay(current_->judged_time.value_or(*current_->fire_time), policy_.zone);
    std::vector<std::string> notes;
    for (const absl::CivilDay day : {fired, judged}) {
      for (const RestatedValue& value : change_.restated) {
        if (day < value.first_day || value.last_day < day) continue;
        notes.push_back(RenderRestated(value, day, *event_.rule, policy_.zone));
      }
      if (judged == fired) break;
    }
    if (notes.empty()) return Nothing(kOtherDays);
    Case next = *current_;
    next.restated = true;
    Decision decision = Change(kLateFact, std::move(next), EntryKind::kRestated, kLateFact,
                               absl::StrJoin(notes, "; "));
    decision.next->decided_version = current_->decided_version;
    return decision;
  }

  const CasePolicy& policy_;
  const std::optional<Case>& current_;
  const ConditionMoved& event_;
  const ConditionChange& change_;
  const bool moves_;
};

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

absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const ConditionMoved& event) {
  const ConditionChange& change = event.change;
  // An account is judged under its own key alone.
  const bool elsewhere =
      current.has_value() && change.subject_type != kAccount && current->account != change.account;
  if (elsewhere && change.subject_version < current->subject_version) return Nothing(kElsewhere);
  if (const std::optional<Case> before = BeforeMove(current, change.kind)) {
    return ConditionDecider(policy, before, event, /*moves=*/true).Decide();
  }
  return ConditionDecider(policy, current, event, elsewhere).Decide();
}

absl::StatusOr<Decision> DecideOn(const CasePolicy&, const std::optional<Case>& current,
                                  const Acknowledged& event) {
  if (!current.has_value() || current->state != CaseState::kFiring) {
    return FailedPrecondition("NOT_FIRING", "name", "only a firing alert can be acknowledged",
                              "L3");
  }
  Case next = *current;
  next.state = CaseState::kAcknowledged;
  next.acknowledge_time = event.at;
  next.assignee = event.actor;
  next.escalate_at = std::nullopt;
  return Changed(kAcknowledgedReason, std::move(next),
                 {.time = event.at,
                  .kind = EntryKind::kAcknowledged,
                  .actor = event.actor,
                  .reason = std::string(kAcknowledgedReason),
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

}  // namespace

absl::StatusOr<Decision> Decide(const CasePolicy& policy, const std::optional<Case>& current,
                                const CaseEvent& event) {
  return std::visit([&](const auto& happened) { return DecideOn(policy, current, happened); },
                    event);
}

}  // namespace bellwether::alerts
