// The state machine of one condition: rule × subject. Pure.
//
// A level becomes effective once it has held without a break for the rule's for-duration, and is
// lost at once. While nothing can be judged the effective level stays (a data outage neither fires
// nor clears), but what is pending starts over.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_STATE_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_STATE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/alerts/domain/condition.h"

namespace bellwether::alerts {

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

  // Some level holds but none is effective yet.
  bool pending() const { return level == Level::kNone && PendingSince() < absl::InfiniteFuture(); }
  // The earliest of `holds_since`; the lowest level always holds longest.
  absl::Time PendingSince() const;
  // When the state must be looked at again although no value moves.
  absl::Time NextDue(absl::Duration for_duration) const;

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
  Cause cause;
  Attributes attributes;
  int64_t version = 0;
  bool backfill = false;
  // kSubjectMoved: under whose key it is judged from now on.
  std::string moved_to = {};
  // kPastRestated: what changed of the values the rule judges.
  std::vector<RestatedValue> restated = {};
};

// Moves `state` by a verdict at `now` (never before an earlier `now`); what happened, if anything,
// with kind, levels, times, reason and figures set. `at` a level's due instant the level is
// effective: the for-duration is inclusive.
std::optional<ConditionChange> Advance(ConditionState& state, const Verdict& verdict,
                                       absl::Duration for_duration, absl::Time now);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_STATE_H_
