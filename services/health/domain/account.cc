#include "services/health/domain/account.h"

#include <algorithm>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "services/health/domain/fact_kinds.h"
#include "services/health/domain/saturating_add.h"

namespace bellwether::health {
namespace {

// The fact becomes the latest of a series that keeps it however old.
bool IsLatest(const ActiveModel* model, const DailySeries& series, SeriesId id,
              int64_t time_micros) {
  return KeepsLatest(model, id) && (series.empty() || series.newest().last_micros < time_micros);
}

}  // namespace

bool Account::IsLatestOfSome(const ActiveModel* model, const FactRecord& fact) const {
  for (const Observation& observation : fact.observations) {
    if (observation.only_sum) continue;
    const DailySeries* series = series_.Find(observation.series);
    if (series == nullptr ? KeepsLatest(model, observation.series)
                          : IsLatest(model, *series, observation.series, fact.time_micros)) {
      return true;
    }
  }
  return false;
}

void Account::Observe(const ActiveModel* model, const Observation& observation, Day day,
                      int64_t time_micros, FoldDay now) {
  const int32_t age = now.today - day;
  DailySeries& series = series_.FindOrAdd(observation.series);
  // A fact may still count in one of its series and no longer in another.
  const bool in_windows = now.trim_as_of - day < RetentionOf(model, observation.series);
  if (!in_windows &&
      (observation.only_sum || !IsLatest(model, series, observation.series, time_micros))) {
    series.NoteFact(day);
    return;
  }
  bool first_of_day = false;
  if (observation.only_sum) {
    series.AddToSum(day, observation.value);
  } else {
    first_of_day = series.Add(day, observation.value, time_micros);
  }
  if (model == nullptr) return;
  for (const int16_t index : model->RangesOf(observation.series)) {
    const Range& range = model->ranges()[static_cast<size_t>(index)];
    if (age < range.from_age || age > range.to_age) continue;
    RangeTotals& total = totals_[static_cast<size_t>(index)];
    if (series.shape() == SeriesShape::kSum) {
      total.sum = SaturatingAdd(total.sum, observation.value);
    }
    total.count += observation.only_sum ? 0 : 1;
    total.days += first_of_day ? 1 : 0;
  }
}

bool Account::MayHold(const ActiveModel* model, uint64_t fact_id) const {
  if (seen_.Knows(fact_id)) return true;
  // Of a latest value that is kept however old, the fact is not remembered.
  bool keeps_latest = false;
  series_.ForEach([&](SeriesId id, const DailySeries& series) {
    keeps_latest = keeps_latest || (KeepsLatest(model, id) && !series.empty());
  });
  return keeps_latest;
}

bool Account::MustFoldAgain(const ActiveModel* model, const FactRecord& fact) const {
  if (fact.revision == 0) return false;
  const Correction* known = corrections_.Find(fact.identity.id());
  if (known != nullptr && (known->Excludes(fact.revision) || known->said == fact.revision)) {
    return false;
  }
  return MayHold(model, fact.identity.id());
}

bool Account::MustFoldAgain(const ActiveModel* model, const Retraction& retraction) const {
  const Correction* known = corrections_.Find(retraction.fact_id);
  if (known != nullptr &&
      (retraction.up_to <= known->retracted || retraction.up_to < known->said)) {
    return false;
  }
  return MayHold(model, retraction.fact_id);
}

bool Account::Retract(const ActiveModel* model, const Retraction& retraction, FoldDay now) {
  const Correction* known = corrections_.Find(retraction.fact_id);
  if (known != nullptr && retraction.up_to <= known->retracted) return false;
  // The fact is at most a day ahead of now; so long it, or a copy of it, could count.
  corrections_.Retract(retraction.fact_id, retraction.up_to, now.today + 1 + LongestHorizon(model));
  return true;
}

void Account::TakeCorrected(const ActiveModel* model, Account&& again, Day from, FoldDay now,
                            Changes& changes) {
  const bool first_sight = CatchUp(model, now);
  const bool late = from < now.today;
  const std::vector<int64_t> live_before = live_;
  if (late) {
    if (!late_) late_ = Late{from, series_};
    late_->from = std::min(late_->from, from);
  }
  changes.score_before = score();
  series_ = std::move(again.series_);
  seen_ = std::move(again.seen_);
  corrections_ = std::move(again.corrections_);
  open_cases_ = std::move(again.open_cases_);
  Recompute(model);
  if (model == nullptr || deleted_) return;
  for (size_t i = 0; i < live_.size(); ++i) {
    if (live_[i] == live_before[i]) continue;
    changes.moved = true;
    const int value = static_cast<int>(i);
    if (!Moved(live_[i], emitted_[i], model->MaterialityOf(value))) continue;
    emitted_[i] = live_[i];
    changes.values.push_back({value, live_[i]});
  }
  changes.history_restated = changes.moved;
  if (first_sight) EmitExactly(changes);
  if (!late || first_sight) return;
  RestatedSpans spans(*model);
  spans.Add(now.today, live_before, live_);
  changes.restated = std::move(spans).Take();
}

FactOutcome Account::ApplyFact(const ActiveModel* model, const FactRecord& fact, FoldDay now,
                               Changes& changes) {
  const uint64_t id = fact.identity.id();
  const Correction* correction = corrections_.empty() ? nullptr : corrections_.Find(id);
  if (correction != nullptr && correction->Excludes(fact.revision)) return FactOutcome::kRetracted;
  const int horizon = HorizonOf(model, fact.kind);
  // Beyond it nothing is remembered of facts: only what makes no difference when it comes twice
  // still counts.
  const bool beyond = now.today - fact.day >= horizon;
  if (fact.day < 1 || (beyond && !IsLatestOfSome(model, fact))) return FactOutcome::kTooOld;
  switch (beyond ? DedupeResult::kNew : seen_.Look(fact.identity, fact.former_content)) {
    case DedupeResult::kDuplicate:
      return FactOutcome::kDuplicate;
    case DedupeResult::kConflict:
      return FactOutcome::kConflict;
    case DedupeResult::kNew:
      break;
  }
  const bool first_sight = CatchUp(model, now);
  const bool late = fact.day < now.today;
  std::vector<int64_t> live_before;
  if (late) {
    if (!late_) late_ = Late{fact.day, series_};
    late_->from = std::min(late_->from, fact.day);
    if (!first_sight) live_before = live_;
  }
  if (!beyond) seen_.Remember(fact.identity, fact.day + horizon);
  if (fact.revision > 0) corrections_.Say(id, fact.revision, fact.day + horizon);
  for (const Observation& observation : fact.observations) {
    Observe(model, observation, fact.day, fact.time_micros, now);
  }
  std::vector<CaseDuration> durations;  // none is of an earlier day than the fact
  if (fact.case_moment.step != CaseStep::kNone) {
    durations = open_cases_.Take(fact.case_moment, fact.day, fact.time_micros, fact.day + horizon);
  }
  for (const CaseDuration& duration : durations) {
    Observe(model, {SeriesOf(duration.step), duration.seconds}, duration.day, duration.time_micros,
            now);
  }
  changes.score_before = score();

  if (model != nullptr && !deleted_) {
    // Only what reads a series of this fact can have moved.
    bool rescore = false;
    const auto touch = [&](int value, int64_t value_now) {
      int64_t& live = live_[static_cast<size_t>(value)];
      if (live == value_now) return false;
      live = value_now;
      changes.moved = true;
      if (Moved(value_now, emitted_[static_cast<size_t>(value)], model->MaterialityOf(value))) {
        emitted_[static_cast<size_t>(value)] = value_now;
        changes.values.push_back({value, value_now});
      }
      return true;
    };
    const auto evaluate = [&](SeriesId series) {
      for (const int16_t index : model->MetricsOf(series)) {
        const CompiledMetric& metric = model->metrics()[static_cast<size_t>(index)];
        const bool moved = touch(model->MetricValueIndex(index),
                                 EvaluateMetric(metric, series_, totals_, now.today));
        rescore = rescore || (moved && metric.dimension >= 0);
      }
    };
    for (const Observation& observation : fact.observations) evaluate(observation.series);
    for (const CaseDuration& duration : durations) evaluate(SeriesOf(duration.step));
    if (rescore) {
      absl::InlinedVector<int64_t, 16> before(live_.begin(),
                                              live_.begin() + model->first_metric_value());
      Score(*model, absl::MakeSpan(live_));
      for (size_t value = 0; value < before.size(); ++value) {
        const int64_t scored = std::exchange(live_[value], before[value]);
        touch(static_cast<int>(value), scored);
      }
    }
    if (first_sight) EmitExactly(changes);
    if (!live_before.empty()) {
      RestatedSpans spans(*model);
      spans.Add(now.today, live_before, live_);
      changes.restated = std::move(spans).Take();
    }
  }
  return late ? FactOutcome::kLate : FactOutcome::kCounted;
}

std::optional<DaySnapshot> Account::CloseDay(const ActiveModel* model, FoldDay now,
                                             Changes& changes) {
  std::optional<DaySnapshot> snapshot;
  changes.score_before = score();
  if (model != nullptr && score() != kAbsent) {
    snapshot = DaySnapshot{day_, Explain(*model, live_)};
    // The metrics can be asked again as of any day; a snapshot keeps what is shown.
    snapshot->breakdown.metrics.clear();
  }
  Trim(model, now.trim_as_of);
  day_ = now.today;
  Recompute(model);
  EmitExactly(changes);
  return snapshot;
}

void Account::Activate(const ActiveModel* before, const ActiveModel& model, FoldDay now,
                       Changes& changes) {
  changes.score_before = score();
  std::vector<int64_t> emitted(static_cast<size_t>(model.value_count()), kAbsent);
  for (size_t value = 0; value < emitted_.size(); ++value) {
    const std::string& name = before->ValueName(static_cast<int>(value));
    if (const auto index = model.ValueByName(name)) {
      emitted[static_cast<size_t>(*index)] = emitted_[value];
    } else if (emitted_[value] != kAbsent) {
      changes.gone.push_back(name);
      changes.moved = true;
    }
  }
  emitted_ = std::move(emitted);
  day_ = now.today;
  Trim(&model, now.trim_as_of);
  Recompute(&model);
  EmitExactly(changes);
}

bool Account::ChangeAttributes(const ActiveModel* model, Attributes attributes, bool deleted,
                               int64_t entity_version, FoldDay now, Changes& changes) {
  if (entity_version <= entity_version_) return false;
  const bool first_sight = CatchUp(model, now);
  changes.score_before = score();
  entity_version_ = entity_version;
  attributes_ = std::move(attributes);
  if (deleted != deleted_) {
    deleted_ = deleted;
    Recompute(model);
    EmitExactly(changes);
  }
  if (first_sight) EmitExactly(changes);
  changes.moved = true;  // attributes are shown with the account
  return true;
}

Restatement Account::TakeRestated(const ActiveModel* model, Day today) {
  Restatement restated;
  const Late late = *std::exchange(late_, std::nullopt);
  if (model == nullptr || deleted_) return restated;
  std::vector<SeriesId> changed;
  series_.ForEach([&](SeriesId id, const DailySeries& series) {
    const DailySeries* shown = late.shown.Find(id);
    if (shown == nullptr || !(*shown == series)) changed.push_back(id);
  });
  late.shown.ForEach([&](SeriesId id, const DailySeries&) {
    if (series_.Find(id) == nullptr) changed.push_back(id);
  });
  RestatedSpans spans(*model);
  for (Day day = std::max(late.from, today - model->restate_days()); day < today; ++day) {
    std::vector<RangeTotals> totals = TotalRanges(*model, series_, day);
    const std::vector<int64_t> values = Evaluate(*model, series_, totals, day);
    std::vector<int64_t> before = values;
    Reevaluate(*model, late.shown, changed, day, absl::MakeSpan(totals), absl::MakeSpan(before));
    spans.Add(day, before, values);
    if (values[kScoreValue] == kAbsent) continue;
    restated.days.push_back({day, Explain(*model, values)});
    restated.days.back().breakdown.metrics.clear();
  }
  restated.spans = std::move(spans).Take();
  return restated;
}

void Account::Derive(const ActiveModel* model, FoldDay now) {
  day_ = now.today;
  Trim(model, now.trim_as_of);
  Recompute(model);
  emitted_ = live_;
}

bool Account::CatchUp(const ActiveModel* model, FoldDay now) {
  const bool first_sight = model != nullptr && emitted_.empty();
  if (day_ != now.today || first_sight) {
    // Without a timer nothing has changed since: there is nothing to emit for the days between.
    day_ = now.today;
    Recompute(model);
  }
  if (first_sight) emitted_.resize(live_.size(), kAbsent);
  return first_sight;
}

void Account::Trim(const ActiveModel* model, Day as_of) {
  series_.ForEachMutable([&](SeriesId id, DailySeries& series) {
    const Day oldest_kept = as_of - RetentionOf(model, id) + 1;
    if (KeepsLatest(model, id)) {
      series.TrimButLatest(oldest_kept);
    } else {
      series.Trim(oldest_kept);
    }
  });
  seen_.Forget(as_of);
  if (!corrections_.empty()) corrections_.Forget(as_of);
  if (!open_cases_.empty()) open_cases_.Forget(as_of);
}

void Account::Recompute(const ActiveModel* model) {
  if (model == nullptr) {
    totals_.clear();
    live_.clear();
    return;
  }
  totals_.assign(model->ranges().size(), {});
  series_.ForEach([&](SeriesId id, const DailySeries& series) {
    TotalRanges(*model, id, series, day_, absl::MakeSpan(totals_));
  });
  live_.assign(static_cast<size_t>(model->value_count()), kAbsent);
  if (deleted_) {
    live_[kConfidenceValue] = 0;
    return;
  }
  for (size_t i = 0; i < model->metrics().size(); ++i) {
    live_[static_cast<size_t>(model->MetricValueIndex(static_cast<int>(i)))] =
        EvaluateMetric(model->metrics()[i], series_, totals_, day_);
  }
  Score(*model, absl::MakeSpan(live_));
}

void Account::EmitExactly(Changes& changes) {
  emitted_.resize(live_.size(), kAbsent);
  for (size_t value = 0; value < live_.size(); ++value) {
    if (emitted_[value] == live_[value]) continue;
    emitted_[value] = live_[value];
    changes.values.push_back({static_cast<int>(value), live_[value]});
    changes.moved = true;
  }
}

size_t Account::bytes() const {
  return sizeof(Account) + attributes_.bytes() + series_.bytes() +
         (late_ ? late_->shown.bytes() : 0) + seen_.bytes() + corrections_.bytes() +
         open_cases_.bytes() + totals_.capacity() * sizeof(RangeTotals) +
         (live_.capacity() + emitted_.capacity()) * sizeof(int64_t);
}

}  // namespace bellwether::health
