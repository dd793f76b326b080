#include "services/accounts/adapters/rfm_signals_handler.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/bus/topics.h"

namespace bellwether::accounts {
namespace {

// Figures travel in 10⁻⁶ of their unit.
constexpr int64_t kMicrosPerUnit = 1'000'000;

constexpr char kFactRetracted[] = "fact_retracted";

// Somebody took back what had counted.
bool TakesBack(const events::v1::Cause& cause) {
  return cause.kind() == events::v1::CAUSE_KIND_IMPORT_RUN_WITHDRAWN ||
         cause.type() == kFactRetracted;
}

}  // namespace

RfmSignalsHandler::RfmSignalsHandler(const RfmSignalsPorts& ports, OrderMetrics order_metrics,
                                     absl::Duration correction_interval)
    : ports_(ports),
      order_metrics_(std::move(order_metrics)),
      correction_interval_(correction_interval),
      cuts_taken_(ports.metrics.CounterOf("bellwether_accounts_rfm_cuts_total",
                                          "Nightly RFM cuts taken (A3).")),
      corrections_taken_(ports.metrics.CounterOf("bellwether_accounts_rfm_corrections_total",
                                                 "Times that RFM cuts were corrected (A3).")),
      tiers_changed_(ports.metrics.CounterOf("bellwether_accounts_rfm_tier_changes_total",
                                             "Tiers that followed a change of RFM level.")) {}

absl::Status RfmSignalsHandler::Begin(store::Transaction& reading, const consume::Position& from) {
  ASSIGN_OR_RETURN(const std::vector<FiguresAt> latest,
                   ports_.rfm.LatestFigures(reading, from.partition));
  const absl::Time next_midnight = from.watermark.has_value()
                                       ? ports_.calendar.NextMidnight(*from.watermark)
                                       : absl::InfinitePast();
  Partition partition{PartitionFigures(from.partition, ports_.calendar, latest), next_midnight};
  if (from.watermark.has_value()) {
    partition.watermark = *from.watermark;
    partition.interval = IntervalOf(*from.watermark);
    ASSIGN_OR_RETURN(std::vector<RestatedFigures> restated,
                     ports_.corrections.KnownIn(reading, from.partition, partition.interval));
    for (RestatedFigures& each : restated) {
      std::string account = each.account_id;
      partition.restated.emplace(std::move(account), std::move(each));
    }
  }
  partitions_.emplace(from.partition, std::move(partition));
  return absl::OkStatus();
}

absl::StatusOr<consume::Commit> RfmSignalsHandler::Take(const consume::Received& record) {
  Partition& partition = partitions_.at(record.partition);
  if (record.envelope.type != bus::kTypeTick) {
    RETURN_IF_ERROR(TakeSignal(record, partition));
    return consume::Commit::kWhenDue;
  }
  const absl::Time time = record.envelope.recorded_at;
  partition.watermark = std::max(partition.watermark, time);
  if (time < partition.next_midnight) return consume::Commit::kWhenDue;
  partition.next_midnight = ports_.calendar.NextMidnight(time);
  return consume::Commit::kNow;
}

absl::Status RfmSignalsHandler::TakeSignal(const consume::Received& record, Partition& partition) {
  if (!signal_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return InvalidArgument("MALFORMED_PAYLOAD", "", "the value is not a Signal");
  }
  if (signal_.has_import_run_ended()) CorrectSoon(record.envelope.recorded_at, partition);
  // Team and portfolio figures travel on the same topic.
  if (signal_.subject_type() != events::v1::SUBJECT_TYPE_ACCOUNT) return absl::OkStatus();
  steps_.clear();
  for (const events::v1::SignalStep& step : signal_.steps()) {
    FigureStep& of_step = steps_.emplace_back();
    of_step.time = absl::FromUnixMicros(step.time_micros());
    for (const events::v1::NamedValue& value : step.values()) {
      FigureUpdate* figure = value.name() == order_metrics_.recency     ? &of_step.recency_days
                             : value.name() == order_metrics_.frequency ? &of_step.order_count
                             : value.name() == order_metrics_.monetary  ? &of_step.order_value_minor
                                                                        : nullptr;
      if (figure == nullptr) continue;
      figure->changed = true;
      if (!value.absent()) figure->value = value.value() / kMicrosPerUnit;
    }
    if (!step.restated().empty()) TakeRestated(step, record.partition, partition);
    if (TakesBack(step.cause())) CorrectSoon(of_step.time, partition);
  }
  partition.figures.Apply(signal_.subject(), signal_.version(), steps_);
  return absl::OkStatus();
}

void RfmSignalsHandler::TakeRestated(const events::v1::SignalStep& step, int32_t number,
                                     Partition& partition) {
  const absl::Time known = absl::FromUnixMicros(step.time_micros());
  if (known < partition.watermark) return;
  const int32_t today = ports_.calendar.LocalDayOf(known);
  RestatedFigures restated;
  for (const events::v1::RestatedValue& value : step.restated()) {
    const bool is_recency = value.name() == order_metrics_.recency;
    std::vector<FigureSpan>* spans =
        is_recency                                 ? &restated.last_order_days
        : value.name() == order_metrics_.frequency ? &restated.order_counts
        : value.name() == order_metrics_.monetary  ? &restated.order_values_minor
                                                   : nullptr;
    if (spans == nullptr) continue;
    for (const events::v1::RestatedSpan& span : value.spans()) {
      // Of the present day the values speak.
      for (int32_t day = span.first_day(); day <= std::min(span.last_day(), today - 1); ++day) {
        std::optional<int64_t> figure;
        if (span.has_after()) figure = span.after() / kMicrosPerUnit;
        // A day and not how long ago it was, so that days on which nothing happened are alike.
        if (is_recency && figure.has_value()) figure = day - *figure;
        AddSpan({day, day, figure}, *spans);
      }
    }
  }
  if (restated.empty()) return;
  partition.corrections.insert(ports_.calendar.NextMidnight(known));
  const absl::Time interval = IntervalOf(known);
  if (interval != partition.interval) {
    for (const std::string& account : partition.unsaved) {
      partition.ended.push_back(std::move(partition.restated[account]));
    }
    partition.unsaved.clear();
    partition.restated.clear();
    partition.interval = interval;
  }
  RestatedFigures& of_interval = partition.restated[signal_.subject()];
  of_interval.partition = number;
  of_interval.account_id = signal_.subject();
  of_interval.known = interval;
  of_interval.Override(restated);
  partition.unsaved.insert(signal_.subject());
}

absl::Time RfmSignalsHandler::IntervalOf(absl::Time time) const {
  const absl::Time begun =
      absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), correction_interval_);
  return std::max(begun, ports_.calendar.StartOfDay(ports_.calendar.LocalDayOf(time)));
}

void RfmSignalsHandler::CorrectSoon(absl::Time after, Partition& partition) const {
  if (after < partition.watermark) return;
  const absl::Time begun =
      absl::UnixEpoch() + absl::Floor(after - absl::UnixEpoch(), correction_interval_);
  partition.corrections.insert(begun + 2 * correction_interval_);
}

absl::Status RfmSignalsHandler::SaveRestated(store::Transaction& transaction,
                                             Partition& partition) {
  std::vector<RestatedFigures> restated = std::move(partition.ended);
  partition.ended.clear();
  for (const std::string& account : partition.unsaved) {
    restated.push_back(partition.restated[account]);
  }
  partition.unsaved.clear();
  RETURN_IF_ERROR(ports_.corrections.Save(transaction, restated));
  const std::vector<absl::Time> due(partition.corrections.begin(), partition.corrections.end());
  partition.corrections.clear();
  return ports_.corrections.Schedule(transaction, due);
}

absl::StatusOr<consume::Saved> RfmSignalsHandler::Save(store::Transaction& transaction,
                                                       absl::Time now) {
  for (auto& [number, partition] : partitions_) {
    RETURN_IF_ERROR(ports_.rfm.SaveFigures(transaction, partition.figures.TakeChanged()));
    RETURN_IF_ERROR(SaveRestated(transaction, partition));
  }
  ASSIGN_OR_RETURN(taken_, ports_.cuts.TakeDue(transaction, now));
  return taken_.more() ? consume::Saved::kMore : consume::Saved::kAll;
}

void RfmSignalsHandler::Committed() {
  cuts_taken_.Increment(taken_.cut ? 1 : 0);
  corrections_taken_.Increment(taken_.corrected ? 1 : 0);
  tiers_changed_.Increment(taken_.tiers_changed);
  if (taken_.tiers_changed > 0) ports_.changes.Committed();
}

}  // namespace bellwether::accounts
