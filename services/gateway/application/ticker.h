// The journal's clock: a tick in every partition at a fixed rate, from one process.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_TICKER_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_TICKER_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/application/tick_rounds.h"

namespace bellwether::gateway {

// Writes only into a live journal, only while it holds the lease, and never a time that is not
// later than the last one it wrote. A round that the bus has not answered for yet is not followed
// by another: what cannot be written does not pile up. Keeps the clock topic short. Step is called
// by one thread.
class Ticker {
 public:
  Ticker(JournalState& state, TickRounds& rounds, const Clock& clock, absl::Duration interval,
         metrics::Registry& metrics);

  // Looks at the phase, and writes a round if it is time. How long to wait before the next step.
  absl::StatusOr<absl::Duration> Step();

 private:
  JournalState& state_;
  TickRounds& tick_rounds_;
  const Clock& clock_;
  const absl::Duration interval_;
  metrics::Counter& rounds_;
  metrics::Counter& failed_rounds_;
  metrics::Gauge& leading_;
  void TrimClock();

  absl::Time last_ = absl::InfinitePast();
  int64_t rounds_until_trim_ = 0;
  // Outlives the ticker while a round is in flight.
  const std::shared_ptr<std::atomic<bool>> in_flight_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_TICKER_H_
