#include "services/alerts/domain/decide_condition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/alerts/domain/decide_calls.h"
#include "services/alerts/domain/text.h"

namespace bellwether::alerts {
namespace {

constexpr absl::string_view kDisplayName = "display_name";

// The value a rule judges, for display.
std::string ValueNameOf(const Rule& rule) {
  if (const auto* threshold = std::get_if<Threshold>(&rule.condition)) return threshold->value;
  if (const auto* change = std::get_if<PercentageChange>(&rule.condition)) return change->value;
  if (const auto* absence = std::get_if<Absence>(&rule.condition)) return absence->value;
  return "";
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
        if (HandResolutionMoves()) return MoveResolved();
        return IsFired() ? Relevel() : Open();
      case ChangeKind::kLowered:
        return IsFired() ? Relevel() : Nothing(ReasonNothingIsOpen());
      case ChangeKind::kCleared:
        if (!IsOpen()) return Nothing(ReasonNothingIsOpen());
        return change_.history_restated ? Close(kHistoryRestated, "") : Resolve();
      case ChangeKind::kRestated:
        return Restate();
      case ChangeKind::kPastRestated:
        return Mark();
      case ChangeKind::kLeftScope:
        return IsOpen() ? Close(kOutOfScope, "") : Nothing(ReasonNothingIsOpen());
      case ChangeKind::kReturned:
        return Return();
      case ChangeKind::kLapsed:
        if (!IsOpen()) return Nothing(ReasonNothingIsOpen());
        return change_.history_restated ? Close(kHistoryRestated, "")
                                        : Close(kNoLongerJudged, VerdictReasonName(change_.reason));
      case ChangeKind::kFollowed:
        return Follow();
      case ChangeKind::kHeldAtGoLive:
        return GoLive();
      case ChangeKind::kSubjectClosed:
        return IsOpen() ? Close(kSubjectClosed, "") : Nothing(kNothingOpen);
      case ChangeKind::kSubjectMoved:
        return IsOpen() ? Leave() : Nothing(kNothingOpen);
    }
    return Nothing(kNothingOpen);
  }

 private:
  bool IsOpen() const { return current_.has_value() && current_->open(); }
  bool IsFired() const { return IsOpen() && current_->state != CaseState::kPending; }
  // Decided about the past: stored, never notified.
  bool IsSilent() const { return change_.backfill || change_.kind == ChangeKind::kRestated; }

  bool WasResolvedByHand() const {
    return current_.has_value() && !current_->open() && current_->resolve_reason == kByHand;
  }
  // A subject's values are the same on both sides of its move: what holds at first sight under the
  // new key held under the old one, where a person has resolved it.
  bool HandResolutionMoves() const {
    return moves_ && WasResolvedByHand() && change_.at_first_sight;
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
    next.rule_cause = rule.cause;
    next.playbook = rule.playbook;
    next.value_name = ValueNameOf(rule);
    next.value_micros = change_.value_micros;
    next.threshold_micros = change_.threshold_micros;
    next.at_risk_minor = change_.at_risk_minor;
    next.since = change_.since;
    next.judged_time = change_.at;
    next.cause = change_.cause;
    next.acknowledge_within = rule.acknowledge_within;
    Render(next);
  }

  TextStyle Style() const { return {policy_.zone, policy_.money_digits}; }

  void Render(Case& next) const {
    const Rule& rule = *event_.rule;
    const absl::string_view display_name = next.attributes.Get(kDisplayName);
    const TextFigures figures{display_name.empty() ? absl::string_view(next.subject) : display_name,
                              next.value_micros, next.threshold_micros, *next.since};
    const TextStyle style = Style();
    next.text = RenderText(rule.text, rule, figures, style);
    next.text_zh = RenderText(rule.text_zh, rule, figures, style);
  }

  int32_t FirstRung(Level level) const {
    return std::min(policy_.first_rung[Rank(level) - 1], policy_.last_rung());
  }

  void Arm(Case& next) const {
    next.escalate_at = std::nullopt;
    if (!IsSilent()) StartClock(next);
  }
  void StartClock(Case& next) const {
    if (next.acknowledge_within <= absl::ZeroDuration()) return;
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
    // It has waited once: what fired goes on firing while the new key waits for itself.
    if (IsFired()) return Move();
    Case next = OpenableCase();
    Describe(next);
    next.state = CaseState::kPending;
    next.pending_time = change_.at;
    next.escalate_at = std::nullopt;
    next.assignee = next.owner();
    next.backfill = change_.backfill;
    return Change(kOpened, std::move(next), EntryKind::kPending, EntryReason());
  }

  Decision Drop() const {
    if (IsFired() && change_.subject_type != kAccount) return EndAfterMove();
    if (!IsOpen() || current_->state != CaseState::kPending) return Nothing(kNothingOpen);
    if (change_.reason == VerdictReason::kOutOfScope) return Close(kOutOfScope, "");
    Case next = *current_;
    next.state = CaseState::kResolved;
    // A case that had fired before keeps the end of that episode: its window does not grow.
    if (!next.resolve_time.has_value()) next.resolve_time = change_.at;
    next.resolve_reason = std::string(kNotSustained);
    return Change(kNotSustained, std::move(next), EntryKind::kResolved, kNotSustained);
  }

  // What had fired under another account broke before it was ripe under this one.
  Decision EndAfterMove() const {
    switch (change_.reason) {
      case VerdictReason::kBelowNoLevel:
        return Resolve();
      case VerdictReason::kOutOfScope:
        return Close(kOutOfScope, "");
      default:
        return Close(kNoLongerJudged, VerdictReasonName(change_.reason));
    }
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
    next.assignee = next.owner();
    next.escalation_rung = FirstRung(next.level);
    next.backfill = change_.backfill;
    next.restated = change_.kind == ChangeKind::kRestated;
    next.announced = !IsSilent();
    Arm(next);
    Decision decision = Change(again ? kReopened : kOpened, std::move(next),
                               again ? EntryKind::kReopened : EntryKind::kFired, EntryReason());
    decision.notify = !IsSilent();
    return decision;
  }

  Decision Relevel() const {
    if (event_.rule == nullptr) return Nothing(kNoSuchRule);
    if (change_.level == current_->level) return moves_ ? Move() : Nothing(kAlreadySo);
    return change_.level > current_->level ? Raise() : StepDown();
  }

  // A raise is worse news than what was acknowledged: it is notified at once and answered for anew.
  Decision Raise() const {
    Case next = *current_;
    const bool voids = next.state == CaseState::kAcknowledged;
    std::string note =
        absl::StrCat("from ", LevelName(next.level), " to ", LevelName(change_.level));
    if (voids) absl::StrAppend(&note, "; voids the acknowledgement of ", next.assignee);
    Describe(next);
    next.state = CaseState::kFiring;
    next.acknowledge_time = std::nullopt;
    if (voids) next.assignee = next.owner();
    next.escalation_rung = std::max(next.escalation_rung, FirstRung(next.level));
    if (change_.kind == ChangeKind::kRestated) next.restated = true;
    if (!IsSilent()) {
      next.backfill = false;
      next.announced = true;
      // A silent raise reaches nobody: the clock that runs goes on.
      Arm(next);
    }
    Decision decision = Change(voids ? kRaisedVoidingAcknowledgement : kRaised, std::move(next),
                               EntryKind::kLevelRaised, EntryReason(), std::move(note));
    decision.notify = !IsSilent();
    return decision;
  }

  // The same condition under another account: no news for those who know of it, but others answer
  // for it from now on.
  Decision Move() const {
    Case next = *current_;
    Describe(next);
    if (change_.kind == ChangeKind::kPending) {
      next.level = current_->level;
      next.priority = policy_.PriorityOf(next.level, next.attributes.Get(kTierAttribute));
    }
    if (next.state == CaseState::kFiring) {
      next.assignee = next.owner();
      Arm(next);
    }
    return Change(kSubjectMoved, std::move(next), EntryKind::kMoved, kSubjectMoved,
                  absl::StrCat("now of account ", change_.account));
  }

  // Resolved by hand it stays so under the other account, until the condition fires anew there.
  Decision MoveResolved() const {
    Case next = *current_;
    next.account = change_.account;
    next.subject_version = change_.subject_version;
    Decision decision = Change(kHandResolutionHolds, std::move(next), EntryKind::kMoved,
                               kSubjectMoved, absl::StrCat("now of account ", change_.account));
    decision.next->decided_version = current_->decided_version;
    return decision;
  }

  // No end is notified: whether it is over is judged under the new key.
  Decision Leave() const {
    Decision decision = Close(kSubjectMoved, absl::StrCat("to account ", change_.moved_to));
    decision.next->account = change_.moved_to;
    decision.next->subject_version = change_.subject_version;
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
    decision.notify = !IsSilent() && decision.next->announced;
    return decision;
  }

  Decision Resolve() const {
    Case next = *current_;
    next.state = CaseState::kResolved;
    next.resolve_time = change_.at;
    next.resolve_reason = std::string(kConditionCleared);
    next.escalate_at = std::nullopt;
    const bool announced = next.announced;
    Decision decision =
        Change(kConditionCleared, std::move(next), EntryKind::kResolved, EntryReason());
    decision.notify = announced && !change_.backfill;
    return decision;
  }

  // An end that is no recovery. Leaving the scope is quiet: nothing is over for those notified.
  Decision Close(absl::string_view reason, absl::string_view why) const {
    Case next = *current_;
    next.state = CaseState::kResolved;
    // As in Drop: a pending case that had fired before keeps the end of that episode.
    if (!next.resolve_time.has_value()) next.resolve_time = change_.at;
    next.resolve_reason = std::string(reason);
    next.escalate_at = std::nullopt;
    if (change_.kind == ChangeKind::kRestated) next.restated = true;
    const bool announced = next.announced;
    Decision decision =
        Change(reason, std::move(next), EntryKind::kClosed, reason, std::string(why));
    // Those notified that it fired are notified of its end, also when a re-fold ended it.
    decision.notify = announced && !change_.backfill && reason != kOutOfScope;
    return decision;
  }

  // Back in the scope with the condition still holding: what it was goes on silently, acknowledged
  // or not, unless it is worse now, or was of a past that nobody was notified of.
  Decision Return() const {
    if (WasResolvedByHand()) return Nothing(kHandResolutionHolds);
    if (IsFired()) return Relevel();
    const bool goes_on = current_.has_value() && current_->resolve_reason == kOutOfScope &&
                         current_->fire_time.has_value() && change_.level <= current_->level &&
                         (change_.backfill || !current_->backfill);
    if (!goes_on) return Open();
    if (event_.rule == nullptr) return Nothing(kNoSuchRule);
    Case next = *current_;
    const bool acknowledged = next.acknowledge_time.has_value();
    Describe(next);
    next.state = acknowledged ? CaseState::kAcknowledged : CaseState::kFiring;
    next.resolve_time = std::nullopt;
    next.resolve_reason.clear();
    if (!acknowledged) {
      next.assignee = next.owner();
      Arm(next);
    }
    return Change(kBackInScope, std::move(next), EntryKind::kReopened, kBackInScope);
  }

  // L3: an open alert follows its account: name, tier with the priority it gives, and assignee
  // unless a person took it.
  Decision Follow() const {
    if (!IsOpen()) return Nothing(kNothingOpen);
    Case next = *current_;
    next.attributes = change_.attributes;
    next.priority = policy_.PriorityOf(next.level, next.attributes.Get(kTierAttribute));
    if (next.state != CaseState::kAcknowledged) next.assignee = next.owner();
    std::vector<std::string> notes;
    const auto note = [&](absl::string_view what, absl::string_view before,
                          absl::string_view after) {
      if (before != after) notes.push_back(absl::StrCat(what, " ", before, " → ", after));
    };
    note("assignee", current_->assignee, next.assignee);
    note("tier", current_->attributes.Get(kTierAttribute), next.attributes.Get(kTierAttribute));
    note("priority", absl::StrCat(current_->priority), absl::StrCat(next.priority));
    note("name", current_->attributes.Get(kDisplayName), next.attributes.Get(kDisplayName));
    if (notes.empty()) return Nothing(kAlreadySo);
    // Cases stored before their figures were cannot be rendered again.
    if (event_.rule != nullptr && next.since.has_value()) Render(next);
    Decision decision = Change(kSubjectChanged, std::move(next), EntryKind::kFollowed,
                               kSubjectChanged, absl::StrJoin(notes, "; "));
    // What a person is about to do to it is as right as before.
    decision.next->decided_version = current_->decided_version;
    return decision;
  }

  // What holds as a past goes live is an open alert from then on: on the board at once, its clocks
  // begin, and one digest notifies of all of them.
  Decision GoLive() const {
    if (event_.rule == nullptr) return Nothing(kNoSuchRule);
    if (IsOpen() && !current_->backfill) return Nothing(kAlreadySo);
    if (WasResolvedByHand()) return Nothing(kHandResolutionHolds);
    const bool fired = change_.level != Level::kNone;
    if (!fired && !IsOpen()) return Nothing(kNothingOpen);
    Case next = OpenableCase();
    next.backfill = false;
    if (fired) {
      Describe(next);
      next.state = CaseState::kFiring;
      next.fire_time = change_.at;
      next.acknowledge_time = std::nullopt;
      next.resolve_time = std::nullopt;
      next.resolve_reason.clear();
      next.assignee = next.owner();
      next.escalation_rung = FirstRung(next.level);
      next.announced = true;
      next.escalate_at = std::nullopt;
      StartClock(next);
    }
    Decision decision = Change(kHeldAtGoLive, std::move(next),
                               fired ? EntryKind::kFired : EntryKind::kPending, kHeldAtGoLive);
    decision.digest = fired;
    return decision;
  }

  Decision Restate() const {
    if (change_.level == Level::kNone) {
      if (!IsOpen()) return Nothing(kNothingOpen);
      return Close(event_.rule == nullptr ? kRuleWithdrawn : kRestatedReason, "");
    }
    // Hidden in a past that is live: stored before going live opened what held.
    if (IsOpen() && current_->backfill && !change_.backfill) return GoLive();
    if (IsFired()) return change_.level == current_->level ? Follow() : Relevel();
    if (WasResolvedByHand() && change_.since <= *current_->resolve_time) {
      return Nothing(kHandResolutionHolds);
    }
    return Open();
  }

  // Late facts changed what it was raised on, or what it shows. What is past stays as it was, for
  // those who acted on it: the case gets a mark and a line, and an etag read before still holds.
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
        notes.push_back(RenderRestated(value, day, *event_.rule, Style()));
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

}  // namespace

Decision DecideOnCondition(const CasePolicy& policy, const std::optional<Case>& current,
                           const ConditionMoved& event, bool moves) {
  return ConditionDecider(policy, current, event, moves).Decide();
}

}  // namespace bellwether::alerts
