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

absl::Time ConditionState::NextDue(const ConditionTiming& timing) const {
  absl::Time due = std::min(recheck_at, unjudged_since + timing.unjudged_kept);
  if (!in_scope) return due;
  for (int i = Rank(level); i < kLevels; ++i) {
    due = std::min(due, holds_since[i] + timing.for_duration);
  }
  return due;
}

std::optional<ConditionChange> Advance(ConditionState& state, const Verdict& verdict,
                                       const ConditionTiming& timing, absl::Time now,
                                       std::optional<Level> goes_on_from) {
  const ConditionState before = state;
  const Level held = goes_on_from.value_or(before.held());
  state.recheck_at = verdict.recheck_at;
  state.in_scope = verdict.in_scope;
  state.unjudged_since = verdict.judged || held == Level::kNone
                             ? absl::InfiniteFuture()
                             : std::min(before.unjudged_since, now);
  const bool lapsed = state.unjudged_since + timing.unjudged_kept <= now;
  if (lapsed) state.unjudged_since = absl::InfiniteFuture();

  const Level target = verdict.judged ? verdict.level : lapsed ? Level::kNone : held;
  Level effective = Level::kNone;
  for (int i = 0; i < kLevels; ++i) {
    if (LevelAt(i) > target) {
      state.holds_since[i] = absl::InfiniteFuture();
      continue;
    }
    state.holds_since[i] = std::min(state.holds_since[i], now);
    if (LevelAt(i) <= held || state.holds_since[i] + timing.for_duration <= now) {
      effective = LevelAt(i);
    }
  }
  state.level = state.in_scope ? effective : Level::kNone;
  state.dormant = state.in_scope || held == Level::kNone ? Level::kNone : effective;
  // A condition at rest is the same inside and outside of the scope.
  state.in_scope = state.in_scope && target != Level::kNone;

  ConditionChange change{
      .level = state.level,
      .previous = before.level,
      .at = now,
      .since = before.level == Level::kNone ? now : before.holds_since[Rank(before.level) - 1],
      .reason = verdict.reason,
      .value_micros = verdict.value_micros,
      .threshold_micros = verdict.threshold_micros};
  if (state.level != Level::kNone) change.since = state.holds_since[Rank(state.level) - 1];
  if (before.level != Level::kNone && !verdict.in_scope) {
    change.kind = ChangeKind::kLeftScope;
    change.reason = VerdictReason::kOutOfScope;
  } else if (before.level != Level::kNone && lapsed) {
    change.kind = ChangeKind::kLapsed;
  } else if (before.dormant != Level::kNone && state.level != Level::kNone) {
    change.kind = ChangeKind::kReturned;
    change.previous = before.dormant;
  } else if (state.level != before.level) {
    if (before.level == Level::kNone) state.fired_at = now;
    change.kind = KindOf(before.level, state.level);
  } else if (state.pending() && !before.pending()) {
    change.kind = ChangeKind::kPending;
    change.level = HighestHolding(state);
    change.since = state.PendingSince();
  } else if (before.pending() && !state.pending()) {
    change.kind = ChangeKind::kPendingDropped;
    if (!verdict.in_scope) change.reason = VerdictReason::kOutOfScope;
  } else {
    return std::nullopt;
  }
  if (verdict.reason == VerdictReason::kAbsentTooLong) {
    change.since = absl::FromUnixMicros(verdict.value_micros);
  }
  return change;
}

void PauseRipening(ConditionState& state, absl::Time since, absl::Time now) {
  if (!state.in_scope) return;
  for (int i = Rank(state.held()); i < kLevels; ++i) {
    absl::Time& holds_since = state.holds_since[i];
    if (holds_since < absl::InfiniteFuture()) holds_since += now - std::max(since, holds_since);
  }
}

}  // namespace bellwether::alerts
