#include "services/health/application/explain_health.h"

#include <utility>

#include "common/base/status.h"

namespace bellwether::health {
namespace {

Breakdown BreakdownOf(const ActiveModel* model, const std::vector<int64_t>& values) {
  if (model == nullptr || values.empty()) return {};
  return Explain(*model, values);
}

// Tells the changes that facts led to which do not count from this step on.
void MarkRetracted(const RefoldStep& step, std::deque<ScoreChange>& changes) {
  if (step.item == nullptr) return;
  for (ScoreChange& change : changes) {
    if (!change.record || change.retracted_by || change.record->kind != ItemKind::kFact) continue;
    const FactSaid said{change.record->source, change.record->id, change.record->import_run};
    if (TakesBack(*step.item, said)) change.retracted_by = RecordOf(step);
  }
}

}  // namespace

ScoreChange::Record RecordOf(const RefoldStep& step) {
  const JournalItem& item = *step.item;
  ScoreChange::Record record{.offset = step.offset,
                             .kind = item.kind,
                             .source = std::string(item.origin.source),
                             .id = std::string(item.origin.id),
                             .import_run = std::string(item.origin.import_run)};
  if (item.kind == ItemKind::kFact) record.fact = item.fact.kind;
  if (item.kind == ItemKind::kFactRetracted) {
    record.retracted_source = std::string(item.retracted.source);
    record.retracted_id = std::string(item.retracted.id);
  }
  if (item.kind == ItemKind::kImportRunWithdrawn) record.id = std::string(item.withdrawn_run);
  return record;
}

absl::StatusOr<Explanation> ExplainHealth(const Calendar& calendar, AccountHistory& history,
                                          const ExplainRequest& request) {
  Explanation explanation;
  const auto observe = [&](const RefoldStep& step) {
    if (step.time <= request.from) return;
    MarkRetracted(step, explanation.changes);
    if (step.snapshot) explanation.days.push_back({*step.snapshot, step.time});
    if (step.values_before == step.account.live() && step.model_before == step.model) return;
    const Breakdown before = BreakdownOf(step.model_before, step.values_before);
    const Breakdown after = BreakdownOf(step.model, step.account.live());
    std::vector<PointChange> points = ChangesBetween(step.model_before, before, step.model, after);
    if (before.score_micros == after.score_micros && points.empty()) return;
    ScoreChange& change = explanation.changes.emplace_front();
    change.time = step.time;
    if (step.item != nullptr) change.record = RecordOf(step);
    change.score_before = before.score_micros;
    change.score_after = after.score_micros;
    change.points = std::move(points);
    if (explanation.changes.size() > request.changes_max) explanation.changes.pop_back();
  };
  ASSIGN_OR_RETURN(
      explanation.end,
      Refold(calendar, history, {.account = request.account, .until = request.to}, observe));
  return explanation;
}

}  // namespace bellwether::health
