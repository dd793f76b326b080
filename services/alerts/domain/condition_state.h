// The state machine of one condition: rule × subject. Pure.
//
// A level becomes effective once it has held without a break for the rule's for-duration, and is
// lost at once. While nothing can be judged the effective level stays (a data outage neither fires
// nor clears), but not for ever: after a declared time the condition lapses, which is no recovery.
// What is pending starts over.
//
// A subject that leaves the rule's scope takes its level along as dormant: coming back with the
// condition still holding is no new alert. What holds outside of the scope and never fired begins
// nothing until the subject comes in; then it counts since when it has held.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_STATE_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_STATE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/alerts/domain/condition.h"

namespace bellwether::alerts {

struct ConditionTiming {
  // NOLINTNEXTLINE(google-explicit-constructor): a for-duration is all that most conditions have.
  ConditionTiming(absl::Duration for_duration,
                  absl::Duration unjudged_kept = absl::InfiniteDuration())
      : for_duration(for_duration), unjudged_kept(unjudged_kept) {}
  static ConditionTiming Of(const Rule& rule) { return {rule.for_duration, rule.unjudged_kept}; }

  absl::Duration for_duration;
  // How long a level is kept that cannot be judged.
  absl::Duration unjudged_kept;
};

struct ConditionState {
  // The effective level: what fired.
  Level level = Level::kNone;
  // When the effective level was last kNone, and since when it has not been: start of the episode.
  absl::Time fired_at = absl::InfinitePast();
  // Per level: since when it has held without a break; infinite future when it does not hold.
  std::array<absl::Time, kLevels> holds_since = {absl::InfiniteFuture(), absl::InfiniteFuture(),
                                                 absl::InfiniteFuture()};
  // When time alone changes the verdict; infinite future if never.
  absl::Time recheck_at = absl::InfiniteFuture();
  // The effective level when the subject left the scope, while the condition goes on holding.
  Level dormant = Level::kNone;
  // Since when a level is kept that cannot be judged; infinite future when it can.
  absl::Time unjudged_since = absl::InfiniteFuture();
  bool in_scope = false;

  // What fired and has not ended, in the scope or outside of it: its clear threshold applies.
  Level held() const { return std::max(level, dormant); }
  // Some level holds but none is effective yet.
  bool pending() const {
    return in_scope && level == Level::kNone && PendingSince() < absl::InfiniteFuture();
  }
  // The earliest of `holds_since`; the lowest level always holds longest.
  absl::Time PendingSince() const;
  // When the state must be looked at again although no value moves.
  absl::Time NextDue(const ConditionTiming& timing) const;

  friend bool operator==(const ConditionState&, const ConditionState&) = default;
};

enum class ChangeKind : int8_t {
  kPending,         // a level holds, its for-duration runs
  kPendingDropped,  // it broke before it fired
  kFired,           // none → a level
  kRaised,          // a level → a higher one
  kLowered,         // a level → a lower one, never none
  kCleared,         // a level → none
  kRestated,        // a re-fold of the past found this level (kNone: not firing); nothing happened
  kPastRestated,    // late facts changed values of days gone by; the condition has not moved
  kLeftScope,       // a level → none: the rule does not apply to the subject any more
  kReturned,        // none → the level it has kept outside of the scope, or another
  kLapsed,          // a level → none: it could not be judged for too long
  kFollowed,        // the subject's attributes changed; the condition has not moved
  kHeldAtGoLive,    // a past went live with this level holding (kNone: pending)
  kSubjectClosed,   // nothing about the subject is judged any more
  kSubjectMoved,    // from now on its conditions are judged under another account
};

// A value on days without a break, as it was shown and as late facts make it. Unset: no data.
struct RestatedValue {
  std::string name;
  absl::CivilDay first_day;
  absl::CivilDay last_day;
  std::optional<int64_t> before;
  std::optional<int64_t> after;

  friend bool operator==(const RestatedValue&, const RestatedValue&) = default;
};

// What happened to a condition, with all that a case decision needs. Owns its strings: it outlives
// the fold's state.
struct ConditionChange {
  ChangeKind kind = ChangeKind::kPending;
  std::string rule_id;
  std::string subject;
  std::string subject_type = kAccount;
  // Under whose key it was judged: of an account its own id. Empty: the subject's own.
  std::string account;
  // The subject's version at its owner; 0 for an account. Of two places that judge the same subject
  // the one with the higher version is right.
  int64_t subject_version = 0;
  Level level = Level::kNone;  // the effective level now; for kPending the one that waits
  Level previous = Level::kNone;
  absl::Time at;
  // Since when the level has held; for an absence, since the last event.
  absl::Time since;
  VerdictReason reason = VerdictReason::kNoData;
  int64_t value_micros = 0;
  int64_t threshold_micros = 0;
  // Lost in the rule's window, in minor units of the reporting currency.
  int64_t at_risk_minor = 0;
  Cause cause;
  Attributes attributes;
  int64_t version = 0;
  bool backfill = false;
  // It holds since the subject was first seen under this key.
  bool at_first_sight = false;
  // Facts that were taken back have led to it: no recovery.
  bool history_restated = false;
  // kSubjectMoved: under whose key it is judged from now on.
  std::string moved_to = {};
  // kPastRestated: what changed of the values the rule judges.
  std::vector<RestatedValue> restated = {};
};

// Moves `state` by a verdict at `now` (never before an earlier `now`); what happened, if anything,
// with kind, levels, times, reason and figures set. `at` a level's due instant the level is
// effective, and `at` the end of the time it is kept unjudged it has lapsed: both are inclusive.
// `held`: the level from which it goes on, where that is another than what it holds.
std::optional<ConditionChange> Advance(ConditionState& state, const Verdict& verdict,
                                       const ConditionTiming& timing, absl::Time now,
                                       std::optional<Level> held = std::nullopt);

// Levels that wait to become effective, in the rule's scope, ripen as if the time from `since` to
// `now` had not been.
void PauseRipening(ConditionState& state, absl::Time since, absl::Time now);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_STATE_H_
