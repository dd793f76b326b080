#include "services/gateway/application/ticker.h"

#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::gateway {

Ticker::Ticker(JournalState& state, TickRounds& rounds, const Clock& clock, absl::Duration interval,
               metrics::Registry& metrics)
    : state_(state),
      tick_rounds_(rounds),
      clock_(clock),
      interval_(interval),
      rounds_(metrics.CounterOf("bellwether_gateway_tick_rounds_total",
                                "Rounds of ticks, one in every partition, durable.")),
      failed_rounds_(metrics.CounterOf("bellwether_gateway_tick_rounds_failed_total",
                                       "Rounds of ticks of which a partition missed its own.")),
      leading_(metrics.GaugeOf("bellwether_gateway_ticker_leading",
                               "1 in the process that writes the ticks.")) {}

absl::StatusOr<absl::Duration> Ticker::Step() {
  // A past being built here renews the lease, too.
  const bool wanted = state_.is_live() || state_.backfilling();
  if (!state_.is_live()) RETURN_IF_ERROR(state_.Refresh());
  bool leading = false;
  if (wanted) {
    ASSIGN_OR_RETURN(leading, state_.HoldLease());
  }
  leading_.Set(leading ? 1 : 0);
  const absl::Time now = clock_.Now();
  if (!leading || !state_.is_live() || now <= last_ || in_flight_->exchange(true)) {
    return interval_;
  }
  last_ = now;
  tick_rounds_.Append({.time = now, .past_until = state_.backfilled_until()},
                      [this, in_flight = in_flight_](const absl::Status& status) {
                        in_flight->store(false);
                        (status.ok() ? rounds_ : failed_rounds_).Increment();
                        if (!status.ok())
                          LogWarning("ticks were not written", {{"status", status}});
                      });
  TrimClock();
  return interval_;
}

void Ticker::TrimClock() {
  if (rounds_until_trim_-- > 0) return;
  rounds_until_trim_ = TickRounds::kRoundsOverMax;
  // What is not dropped now is dropped the next time: nobody is in need of it.
  if (const absl::Status trimmed = tick_rounds_.Trim(); !trimmed.ok()) {
    LogWarning("old rounds were not dropped from the clock topic", {{"status", trimmed}});
  }
}

}  // namespace bellwether::gateway
