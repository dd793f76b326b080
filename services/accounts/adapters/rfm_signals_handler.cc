#include "services/accounts/adapters/rfm_signals_handler.h"

#include <utility>

#include "common/base/status.h"
#include "common/bus/topics.h"

namespace bellwether::accounts {
namespace {

// Figures travel in 10⁻⁶ of their unit.
constexpr int64_t kMicrosPerUnit = 1'000'000;

}  // namespace

RfmSignalsHandler::RfmSignalsHandler(const RfmSignalsPorts& ports, OrderMetrics order_metrics)
    : ports_(ports),
      order_metrics_(std::move(order_metrics)),
      cuts_taken_(ports.metrics.CounterOf("bellwether_accounts_rfm_cuts_total",
                                          "Nightly RFM cuts taken (A3).")),
      tiers_changed_(ports.metrics.CounterOf("bellwether_accounts_rfm_tier_changes_total",
                                             "Tiers that followed a change of RFM level.")) {}

absl::Status RfmSignalsHandler::Begin(store::Transaction& reading, const consume::Position& from) {
  ASSIGN_OR_RETURN(const std::vector<FiguresAt> latest,
                   ports_.rfm.LatestFigures(reading, from.partition));
  const absl::Time next_midnight = from.watermark.has_value()
                                       ? ports_.calendar.NextMidnight(*from.watermark)
                                       : absl::InfinitePast();
  partitions_.emplace(
      from.partition,
      Partition{PartitionFigures(from.partition, ports_.calendar, latest), next_midnight});
  return absl::OkStatus();
}

absl::StatusOr<consume::Commit> RfmSignalsHandler::Take(const consume::Received& record) {
  Partition& partition = partitions_.at(record.partition);
  if (record.envelope.type != bus::kTypeTick) {
    RETURN_IF_ERROR(TakeSignal(record, partition.figures));
    return consume::Commit::kWhenDue;
  }
  const absl::Time time = record.envelope.recorded_at;
  if (time < partition.next_midnight) return consume::Commit::kWhenDue;
  partition.next_midnight = ports_.calendar.NextMidnight(time);
  return consume::Commit::kNow;
}

absl::Status RfmSignalsHandler::TakeSignal(const consume::Received& record,
                                           PartitionFigures& figures) {
  if (!signal_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return InvalidArgument("MALFORMED_PAYLOAD", "", "the value is not a Signal");
  }
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
  }
  figures.Apply(signal_.subject(), signal_.version(), steps_);
  return absl::OkStatus();
}

absl::StatusOr<consume::Saved> RfmSignalsHandler::Save(store::Transaction& transaction,
                                                       absl::Time now) {
  for (auto& [number, partition] : partitions_) {
    RETURN_IF_ERROR(ports_.rfm.SaveFigures(transaction, partition.figures.TakeChanged()));
  }
  ASSIGN_OR_RETURN(taken_, ports_.cuts.TakeDue(transaction, now));
  return taken_.cut ? consume::Saved::kMore : consume::Saved::kAll;
}

void RfmSignalsHandler::Committed() {
  cuts_taken_.Increment(taken_.cut ? 1 : 0);
  tiers_changed_.Increment(taken_.tiers_changed);
  if (taken_.tiers_changed > 0) ports_.changes.Committed();
}

}  // namespace bellwether::accounts
