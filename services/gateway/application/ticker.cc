#include "services/gateway/application/ticker.h"

#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::gateway {

Ticker::Ticker(JournalState& state, JournalWriter& writer, const Clock& clock,
               absl::Duration interval, metrics::Registry& metrics)
    : state_(state),
      writer_(writer),
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
  writer_.AppendTicks(now, /*backfill=*/false, [this, in_flight = in_flight_](absl::Status status) {
    in_flight->store(false);
    (status.ok() ? rounds_ : failed_rounds_).Increment();
    if (!status.ok()) LogWarning("ticks were not written", {{"status", status}});
  });
  return interval_;
}

}  // namespace bellwether::gateway
