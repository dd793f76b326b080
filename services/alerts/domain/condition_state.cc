#include "services/alerts/domain/condition_state.h"

#include <algorithm>

namespace bellwether::alerts {
namespace {

Level LevelAt(int index) { return static_cast<Level>(index + 1); }

ChangeKind KindOf(Level before, Level after) {
  if (before == Level::kNone) return ChangeKind::kFired;
  if (after == Level::kNone) return ChangeKind::kCleared;
  return after > before ? ChangeKind::kRaised : ChangeKind::kLowered;
}

// The highest level that holds, whether ripe or not.
Level HighestHolding(const ConditionState& state) {
  for (int i = kLevels - 1; i >= 0; --i) {
    if (state.holds_since[i] < absl::InfiniteFuture()) return LevelAt(i);
  }
  return Level::kNone;
}

}  // namespace

absl::Time ConditionState::PendingSince() const {
  return *std::min_element(holds_since.begin(), holds_since.end());
}

absl::Time ConditionState::NextDue(absl::Duration for_duration) const {
  absl::Time due = recheck_at;
  for (int i = Rank(level); i < kLevels; ++i) {
    due = std::min(due, holds_since[i] + for_duration);
  }
  return due;
}

std::optional<ConditionChange> Advance(ConditionState& state, const Verdict& verdict,
                                       absl::Duration for_duration, absl::Time now) {
  const Level before = state.level;
  const bool was_pending = state.pending();
  const absl::Time held_since = before == Level::kNone ? now : state.holds_since[Rank(before) - 1];

  state.recheck_at = verdict.recheck_at;
  const Level target = verdict.judged ? verdict.level : before;
  for (int i = 0; i < kLevels; ++i) {
    if (LevelAt(i) > target) {
      state.holds_since[i] = absl::InfiniteFuture();
      continue;
    }
    state.holds_since[i] = std::min(state.holds_since[i], now);
    if (LevelAt(i) <= before || state.holds_since[i] + for_duration <= now) {
      state.level = LevelAt(i);
    }
  }
  state.level = std::min(state.level, target);

  ConditionChange change{.level = state.level,
                         .previous = before,
                         .at = now,
                         .since = held_since,
                         .reason = verdict.reason,
                         .value_micros = verdict.value_micros,
                         .threshold_micros = verdict.threshold_micros};
  if (state.level != before) {
    if (before == Level::kNone) state.fired_at = now;
    if (state.level != Level::kNone) change.since = state.holds_since[Rank(state.level) - 1];
    change.kind = KindOf(before, state.level);
  } else if (before == Level::kNone && state.pending() && !was_pending) {
    change.kind = ChangeKind::kPending;
    change.level = HighestHolding(state);
    change.since = now;
  } else if (before == Level::kNone && was_pending && !state.pending()) {
    change.kind = ChangeKind::kPendingDropped;
  } else {
    return std::nullopt;
  }
  if (verdict.reason == VerdictReason::kAbsentTooLong) {
    change.since = absl::FromUnixMicros(verdict.value_micros);
  }
  return change;
}

}  // namespace bellwether::alerts
