// Fires timers when the clock of the journal has passed their due instants.
#ifndef BELLWETHER_COMMON_TIMERS_TIMER_RUNNER_H_
#define BELLWETHER_COMMON_TIMERS_TIMER_RUNNER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"
#include "common/store/store.h"
#include "common/timers/clock_follower.h"
#include "common/timers/handler.h"
#include "common/timers/timer_rows.h"

namespace bellwether::timers {

struct TimerRunnerOptions {
  std::string service;  // label of the metrics
  // Silence of the clock after which urgent timers go by the wall clock, and others, if they wait,
  // make the service not ready.
  absl::Duration silence_max = absl::Seconds(60);
  // How long one look waits for the clock.
  absl::Duration clock_wait = absl::Milliseconds(200);
  // How long a timer may lie that was due already when it was set.
  absl::Duration look_interval = absl::Seconds(1);
  int64_t timers_per_batch_max = 256;
  // In a store of one process they share a commit, and are fired one by one when one of them fails;
  // in a shared one each has its own.
  int64_t timers_per_transaction_max = 64;
  absl::Duration backoff_least = absl::Seconds(1);
  absl::Duration backoff_most = absl::Minutes(5);
};

// All outlive the runner.
struct TimerRunnerPorts {
  store::Store& store;
  bus::Bus& bus;
  const Clock& wall;
  metrics::Registry& metrics;
};

// Any number of replicas may run on one store. A timer is deleted in the transaction in which its
// handler works, so it fires once, and one that is cancelled or set anew meanwhile does not fire.
// Timers fire in the order (due, subject, kind). One whose handler fails is put off, with backoff,
// and keeps none of the others back.
//
// Without rounds of the clock topic timers wait; Ready says so once one is due by the wall clock.
//
// One thread of its own between Start and Stop.
class TimerRunner {
 public:
  TimerRunner(const TimerRunnerPorts& ports, TimerRunnerOptions options,
              std::vector<KindHandler> handlers);

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }
  // OK while the clock can be followed, the store answers, and nothing waits for a silent clock.
  absl::Status Ready() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Looks at the clock and fires at most one batch; how long to wait before the next step. What the
  // thread runs; for tests also without it.
  absl::StatusOr<absl::Duration> Step();

 private:
  struct OfKind {
    Handler* handler = nullptr;
    metrics::Counter& fired;
    metrics::Counter& failed;
    metrics::Histogram& delay_seconds;
  };

  Horizon HorizonNow() const;
  // True when more is due.
  absl::StatusOr<bool> FireBatch();
  // Those in one transaction. Nothing is done when it fails.
  absl::Status FireTogether(absl::Span<const TimerRow> rows, const Horizon& horizon);
  absl::Status FireApart(absl::Span<const TimerRow> rows, const Horizon& horizon);
  // How late it was; nothing when it is no longer there.
  absl::StatusOr<std::optional<absl::Duration>> FireOne(store::Transaction& transaction,
                                                        const TimerRow& row,
                                                        const Horizon& horizon);
  absl::Status PutOffAfter(const TimerRow& row, const absl::Status& failure);
  absl::Status LookForWaiting();
  void Report(absl::Status clock) ABSL_LOCKS_EXCLUDED(mutex_);
  OfKind* Find(const std::string& kind);

  const TimerRunnerPorts ports_;
  const TimerRunnerOptions options_;
  std::map<std::string, OfKind> kinds_;
  metrics::Gauge& silence_seconds_;

  // Of the runner's thread.
  ClockFollower clock_;
  absl::Time fired_up_to_ = absl::InfinitePast();  // the clock when all due was fired
  absl::Time looked_at_ = absl::InfinitePast();    // by the wall clock
  bool more_due_ = false;                          // the last batch was full

  mutable absl::Mutex mutex_;
  absl::Status clock_status_ ABSL_GUARDED_BY(mutex_);

  runtime::BackgroundLoop loop_;  // last: its thread uses the rest
};

}  // namespace bellwether::timers

#endif  // BELLWETHER_COMMON_TIMERS_TIMER_RUNNER_H_
