#include "services/health/application/fact_outcome.h"

#include "common/base/status.h"

namespace bellwether::health {

absl::StatusOr<std::optional<FactFate>> FateOfFact(const Calendar& calendar,
                                                   AccountHistory& history,
                                                   const std::string& account,
                                                   const std::string& source,
                                                   const std::string& id) {
  std::optional<FactFate> fate;
  std::string import_run;  // of its latest coming
  std::optional<ScoreChange::Record> taken_back_by;
  const auto observe = [&](const RefoldStep& step) {
    if (step.item == nullptr) return;
    const bool speaks =
        step.item->kind != ItemKind::kFact || step.outcome != FactOutcome::kRetracted;
    if (speaks && TakesBack(*step.item, {source, id, import_run})) {
      taken_back_by = RecordOf(step);
      if (fate && step.item->kind != ItemKind::kFact) fate->outcome = FactOutcome::kRetracted;
    }
    const ItemOrigin& origin = step.item->origin;
    const bool comes = step.outcome && origin.id == absl::string_view(id) &&
                       origin.source == absl::string_view(source);
    if (!comes) return;
    fate = FactFate{*step.outcome, step.time, std::nullopt};
    import_run = std::string(origin.import_run);
  };
  const auto refolded = Refold(calendar, history, {.account = account}, observe);
  RETURN_IF_ERROR(refolded.status());
  if (fate && fate->outcome == FactOutcome::kRetracted) fate->retracted_by = taken_back_by;
  return fate;
}

}  // namespace bellwether::health
