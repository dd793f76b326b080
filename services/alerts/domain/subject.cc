#include "services/alerts/domain/subject.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"

namespace bellwether::alerts {
namespace {

SubjectView ViewOf(const SubjectState& state) {
  return {SubjectTraits(state.attributes, state.labels), state.values, state.first_seen};
}

// The step takes back what the rule had judged.
bool IsRestatedFor(const CompiledRule& rule, const Step& step) {
  return step.history_restated &&
         std::any_of(step.values.begin(), step.values.end(), [&](const auto& value) {
           return value.first == rule.value_slot || value.first == rule.baseline_slot;
         });
}

// Nothing where either value has no data.
int64_t LossOf(const CompiledRule& rule, const SubjectState& state) {
  if (rule.loss_value_slot < 0) return 0;
  const std::optional<int64_t>& value = state.values[rule.loss_value_slot];
  const std::optional<int64_t>& baseline = state.values[rule.loss_baseline_slot];
  if (!value.has_value() || !baseline.has_value()) return 0;
  const absl::int128 lost = (absl::int128(*baseline) - *value) / kMicros;
  return lost > 0 ? static_cast<int64_t>(lost) : 0;
}

void Describe(ConditionChange& change, const CompiledRule& rule, absl::string_view subject,
              const SubjectState& state, int64_t version, bool backfill) {
  change.rule_id = rule.rule.id;
  change.at_risk_minor = LossOf(rule, state);
  change.subject = std::string(subject);
  change.subject_type = std::string(state.scope->type());
  change.account = state.account;
  change.subject_version = state.entity_version;
  change.cause = state.last_cause;
  change.attributes = state.attributes;
  change.version = version;
  change.backfill = backfill;
  change.at_first_sight = change.at == state.first_seen;
}

void NoteImport(SubjectState& state, const Step& step) {
  if (step.import_run.empty() || step.import_run == state.import_run) return;
  state.import_run = step.import_run;
  state.held_before_import.clear();
  for (const ConditionState& condition : state.conditions) {
    state.held_before_import.push_back(condition.held());
  }
}

bool EndsSubject(const Step& step) { return step.closed || !step.moved_to.empty(); }

void Reopen(SubjectState& state, absl::Time now) {
  SubjectState fresh = SubjectFold::NewSubject(*state.scope, now);
  fresh.account = state.account;
  fresh.entity_version = state.entity_version;
  fresh.version = state.version;
  state = std::move(fresh);
}

}  // namespace

SubjectState SubjectFold::NewSubject(const RuleScope& scope, absl::Time first_seen) {
  SubjectState state;
  state.scope = &scope;
  state.first_seen = first_seen;
  state.values.resize(scope.slots());
  state.conditions.resize(scope.rules().size());
  return state;
}

void SubjectFold::ApplyStep(absl::string_view subject, SubjectState& state, const Step& step,
                            int64_t version, std::vector<ConditionChange>& changes) const {
  ApplyTime(subject, state, step.time, version, step.backfill, changes);
  if (EndsSubject(step)) return Close(subject, state, step, version, changes);
  const bool follow = Take(subject, state, step, version, changes);
  EvaluateAll(subject, state, step.time, follow, version, step.backfill, changes, &step);
}

void SubjectFold::HoldStep(absl::string_view subject, SubjectState& state, const Step& step,
                           absl::Time held_since, int64_t version,
                           std::vector<ConditionChange>& changes) const {
  ApplyTime(subject, state, held_since, version, step.backfill, changes);
  if (EndsSubject(step)) return Close(subject, state, step, version, changes);
  Take(subject, state, step, version, changes);
}

void SubjectFold::Judge(absl::string_view subject, SubjectState& state, absl::Time held_since,
                        absl::Time now, int64_t version, bool backfill,
                        std::vector<ConditionChange>& changes) const {
  if (state.closed_at.has_value()) return;
  for (ConditionState& condition : state.conditions) PauseRipening(condition, held_since, now);
  // The attributes may have changed meanwhile.
  EvaluateAll(subject, state, now, /*follow=*/true, version, backfill, changes, nullptr);
}

bool SubjectFold::Take(absl::string_view subject, SubjectState& state, const Step& step,
                       int64_t version, std::vector<ConditionChange>& changes) const {
  if (state.closed_at.has_value()) Reopen(state, step.time);
  NoteImport(state, step);
  RestatePast(subject, state, step, version, changes);
  const bool follow = step.attributes.has_value() && *step.attributes != state.attributes;
  if (follow) state.attributes = *step.attributes;
  for (const auto& [slot, value] : step.values) state.values[slot] = value;
  for (const auto& [name, label] : step.labels) {
    if (label.empty()) {
      state.labels.erase(name);
    } else {
      state.labels[name] = label;
    }
  }
  // A tick that restates the past causes nothing in the present.
  if (step.restated.empty() || step.cause.kind != 0) state.last_cause = step.cause;
  return follow;
}

void SubjectFold::EvaluateAll(absl::string_view subject, SubjectState& state, absl::Time now,
                              bool follow, int64_t version, bool backfill,
                              std::vector<ConditionChange>& changes, const Step* step) const {
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    const ConditionState& condition = state.conditions[i];
    const bool was_open = condition.level != Level::kNone || condition.pending();
    const bool restated = step != nullptr && IsRestatedFor(state.scope->rules()[i], *step);
    EvaluateRule(subject, state, i, now, version, backfill, changes, restated ? step : nullptr);
    if (!follow || !was_open || (condition.level == Level::kNone && !condition.pending())) continue;
    changes.push_back(HoldingNow(subject, state, i, ChangeKind::kFollowed, now, version, backfill));
  }
  if (step == nullptr || !step->import_withdrawn) return;
  state.import_run.clear();
  state.held_before_import.clear();
}

void SubjectFold::Close(absl::string_view subject, SubjectState& state, const Step& step,
                        int64_t version, std::vector<ConditionChange>& changes) const {
  if (step.attributes.has_value()) state.attributes = *step.attributes;
  state.last_cause = step.cause;
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    const ConditionState& condition = state.conditions[i];
    if (condition.level == Level::kNone && !condition.pending()) continue;
    ConditionChange change{
        .kind = step.moved_to.empty() ? ChangeKind::kSubjectClosed : ChangeKind::kSubjectMoved,
        .previous = condition.level,
        .at = step.time,
        .since = step.time,
        .moved_to = step.moved_to};
    Describe(change, state.scope->rules()[i], subject, state, version, step.backfill);
    changes.push_back(std::move(change));
  }
  state.values.clear();
  state.labels.clear();
  state.conditions.clear();
  state.import_run.clear();
  state.held_before_import.clear();
  state.closed_at = step.time;
}

void SubjectFold::ApplyTime(absl::string_view subject, SubjectState& state, absl::Time until,
                            int64_t version, bool backfill,
                            std::vector<ConditionChange>& changes) const {
  if (state.closed_at.has_value()) return;
  for (absl::Time due = NextDue(state); due <= until; due = NextDue(state)) {
    for (size_t i = 0; i < state.conditions.size(); ++i) {
      const ConditionTiming timing = ConditionTiming::Of(state.scope->rules()[i].rule);
      if (state.conditions[i].NextDue(timing) > due) continue;
      EvaluateRule(subject, state, i, due, version, backfill, changes);
    }
  }
}

absl::Time SubjectFold::NextDue(const SubjectState& state) const {
  if (state.closed_at.has_value()) return *state.closed_at + closed_kept_;
  absl::Time due = absl::InfiniteFuture();
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    due = std::min(due,
                   state.conditions[i].NextDue(ConditionTiming::Of(state.scope->rules()[i].rule)));
  }
  return due;
}

void SubjectFold::Restate(absl::string_view subject, const SubjectState& state, absl::Time at,
                          int64_t version, bool backfill,
                          std::vector<ConditionChange>& changes) const {
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    if (state.conditions[i].level == Level::kNone) continue;
    changes.push_back(HoldingNow(subject, state, i, ChangeKind::kRestated, at, version, backfill));
  }
}

void SubjectFold::GoLive(absl::string_view subject, const SubjectState& state, absl::Time at,
                         int64_t version, std::vector<ConditionChange>& changes) const {
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    const ConditionState& condition = state.conditions[i];
    if (condition.level == Level::kNone && !condition.pending()) continue;
    changes.push_back(HoldingNow(subject, state, i, ChangeKind::kHeldAtGoLive, at, version,
                                 /*backfill=*/false));
  }
}

ConditionChange SubjectFold::HoldingNow(absl::string_view subject, const SubjectState& state,
                                        size_t index, ChangeKind kind, absl::Time at,
                                        int64_t version, bool backfill) const {
  const CompiledRule& rule = state.scope->rules()[index];
  const ConditionState& condition = state.conditions[index];
  const Verdict verdict = Evaluate(rule, ViewOf(state), condition.held(), at);
  ConditionChange change{.kind = kind,
                         .level = condition.level,
                         .previous = condition.level,
                         .at = at,
                         .since = condition.level == Level::kNone
                                      ? condition.PendingSince()
                                      : condition.holds_since[Rank(condition.level) - 1],
                         .reason = verdict.reason,
                         .value_micros = verdict.value_micros,
                         .threshold_micros = verdict.threshold_micros};
  if (verdict.reason == VerdictReason::kAbsentTooLong) {
    change.since = absl::FromUnixMicros(verdict.value_micros);
  }
  Describe(change, rule, subject, state, version, backfill);
  return change;
}

void SubjectFold::RestatePast(absl::string_view subject, const SubjectState& state,
                              const Step& step, int64_t version,
                              std::vector<ConditionChange>& changes) const {
  if (step.restated.empty()) return;
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    const ConditionState& condition = state.conditions[i];
    // What never fired has raised no alert.
    if (condition.fired_at == absl::InfinitePast()) continue;
    const CompiledRule& rule = state.scope->rules()[i];
    ConditionChange change{.kind = ChangeKind::kPastRestated,
                           .level = condition.level,
                           .previous = condition.level,
                           .at = step.time,
                           .since = condition.fired_at};
    for (const RestatedValue& value : step.restated) {
      const int slot = state.scope->SlotOf(value.name);
      if (slot < 0 || (slot != rule.value_slot && slot != rule.baseline_slot)) continue;
      change.restated.push_back(value);
    }
    if (change.restated.empty()) continue;
    Describe(change, rule, subject, state, version, step.backfill);
    changes.push_back(std::move(change));
  }
}

void SubjectFold::EvaluateRule(absl::string_view subject, SubjectState& state, size_t index,
                               absl::Time now, int64_t version, bool backfill,
                               std::vector<ConditionChange>& changes, const Step* restates) const {
  const CompiledRule& rule = state.scope->rules()[index];
  ConditionState& condition = state.conditions[index];
  Level held = condition.held();
  // Between the thresholds a level is that of the past, and the run is no part of the past.
  if (restates != nullptr && restates->import_withdrawn && !state.held_before_import.empty()) {
    held = state.held_before_import[index];
  }
  const Verdict verdict = Evaluate(rule, ViewOf(state), held, now);
  ConditionTiming timing = ConditionTiming::Of(rule.rule);
  // What cannot be judged any more because it never was is not waited for.
  if (restates != nullptr) timing.unjudged_kept = absl::ZeroDuration();
  std::optional<ConditionChange> change = Advance(condition, verdict, timing, now, held);
  if (!change.has_value()) return;
  change->history_restated = restates != nullptr;
  Describe(*change, rule, subject, state, version, backfill);
  changes.push_back(*std::move(change));
}

}  // namespace bellwether::alerts
