#include "services/alerts/domain/subject.h"

#include <algorithm>
#include <utility>

namespace bellwether::alerts {
namespace {

SubjectView ViewOf(const SubjectState& state) {
  return {SubjectTraits(state.attributes, state.labels), state.values, state.first_seen};
}

void Describe(ConditionChange& change, const Rule& rule, absl::string_view subject,
              const SubjectState& state, int64_t version, bool backfill) {
  change.rule_id = rule.id;
  change.subject = std::string(subject);
  change.subject_type = std::string(state.scope->type());
  change.account = state.account;
  change.subject_version = state.entity_version;
  change.cause = state.last_cause;
  change.attributes = state.attributes;
  change.version = version;
  change.backfill = backfill;
}

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
  if (step.closed || !step.moved_to.empty()) return Close(subject, state, step, version, changes);
  if (state.closed_at.has_value()) Reopen(state, step.time);
  RestatePast(subject, state, step, version, changes);
  if (step.attributes.has_value()) state.attributes = *step.attributes;
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
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    EvaluateRule(subject, state, i, step.time, version, step.backfill, changes);
  }
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
    Describe(change, state.scope->rules()[i].rule, subject, state, version, step.backfill);
    changes.push_back(std::move(change));
  }
  state.values.clear();
  state.labels.clear();
  state.conditions.clear();
  state.closed_at = step.time;
}

void SubjectFold::ApplyTime(absl::string_view subject, SubjectState& state, absl::Time until,
                            int64_t version, bool backfill,
                            std::vector<ConditionChange>& changes) const {
  if (state.closed_at.has_value()) return;
  for (absl::Time due = NextDue(state); due <= until; due = NextDue(state)) {
    for (size_t i = 0; i < state.conditions.size(); ++i) {
      const absl::Duration for_duration = state.scope->rules()[i].rule.for_duration;
      if (state.conditions[i].NextDue(for_duration) > due) continue;
      EvaluateRule(subject, state, i, due, version, backfill, changes);
    }
  }
}

absl::Time SubjectFold::NextDue(const SubjectState& state) const {
  if (state.closed_at.has_value()) return *state.closed_at + kClosedKept;
  absl::Time due = absl::InfiniteFuture();
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    due = std::min(due, state.conditions[i].NextDue(state.scope->rules()[i].rule.for_duration));
  }
  return due;
}

void SubjectFold::Restate(absl::string_view subject, const SubjectState& state, absl::Time at,
                          int64_t version, std::vector<ConditionChange>& changes) const {
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    const ConditionState& condition = state.conditions[i];
    if (condition.level == Level::kNone) continue;
    const CompiledRule& rule = state.scope->rules()[i];
    const Verdict verdict = Evaluate(rule, ViewOf(state), condition.level, at);
    ConditionChange change{.kind = ChangeKind::kRestated,
                           .level = condition.level,
                           .at = at,
                           .since = condition.fired_at,
                           .reason = verdict.reason,
                           .value_micros = verdict.value_micros,
                           .threshold_micros = verdict.threshold_micros};
    Describe(change, rule.rule, subject, state, version, /*backfill=*/false);
    changes.push_back(std::move(change));
  }
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
    Describe(change, rule.rule, subject, state, version, step.backfill);
    changes.push_back(std::move(change));
  }
}

void SubjectFold::EvaluateRule(absl::string_view subject, SubjectState& state, size_t index,
                               absl::Time now, int64_t version, bool backfill,
                               std::vector<ConditionChange>& changes) const {
  const CompiledRule& rule = state.scope->rules()[index];
  ConditionState& condition = state.conditions[index];
  const Verdict verdict = Evaluate(rule, ViewOf(state), condition.level, now);
  std::optional<ConditionChange> change = Advance(condition, verdict, rule.rule.for_duration, now);
  if (!change.has_value()) return;
  Describe(*change, rule.rule, subject, state, version, backfill);
  changes.push_back(*std::move(change));
}

}  // namespace bellwether::alerts
