#include "common/timers/timer_runner.h"

#include <algorithm>
#include <optional>
#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/store/run_transaction.h"

namespace bellwether::timers {
namespace {

const metrics::Buckets& DelayBuckets() {
  static const metrics::Buckets* const buckets =
      new metrics::Buckets{0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1'800, 3'600, 21'600, 86'400};
  return *buckets;
}

absl::Time WallFor(const Clock& wall, absl::Time clock) { return std::max(wall.Now(), clock); }

}  // namespace

TimerRunner::TimerRunner(const TimerRunnerPorts& ports, TimerRunnerOptions options,
                         std::vector<KindHandler> handlers)
    : ports_(ports),
      options_(std::move(options)),
      silence_seconds_(ports.metrics
                           .Gauges("bellwether_timers_clock_silence_seconds",
                                   "Since the last round of the clock topic.", {"service"})
                           .With({options_.service})),
      clock_(ports.bus, ports.wall),
      loop_({.name = "timers"}, [this](const std::stop_token&) { return Step(); }) {
  auto& fired = ports.metrics.Counters("bellwether_timers_fired_total", "Timers fired.", {"kind"});
  auto& failed = ports.metrics.Counters("bellwether_timers_failed_total",
                                        "Firings that failed and are tried again.", {"kind"});
  auto& delay = ports.metrics.Histograms("bellwether_timers_delay_seconds",
                                         "From the due instant of a timer to its commit.", {"kind"},
                                         DelayBuckets());
  for (const KindHandler& each : handlers) {
    const absl::string_view name = each.kind.name;
    kinds_.emplace(std::string(name), OfKind{each.handler, fired.With({name}), failed.With({name}),
                                             delay.With({name})});
  }
}

absl::Status TimerRunner::Ready() const {
  RETURN_IF_ERROR(loop_.last_status());
  absl::MutexLock lock(&mutex_);
  return clock_status_;
}

void TimerRunner::Report(absl::Status clock) {
  absl::MutexLock lock(&mutex_);
  clock_status_ = std::move(clock);
}

absl::StatusOr<absl::Duration> TimerRunner::Step() {
  // Urgent timers go on while the bus is away.
  const absl::Status followed =
      clock_.Follow(more_due_ ? absl::ZeroDuration() : options_.clock_wait);
  silence_seconds_.Set(absl::ToDoubleSeconds(clock_.silence()));
  const absl::Time now = ports_.wall.Now();
  const bool advanced = clock_.latest().has_value() && clock_.latest()->time > fired_up_to_;
  if (!advanced && !more_due_ && now - looked_at_ < options_.look_interval) {
    Report(followed);
    return followed.ok() ? absl::ZeroDuration() : options_.clock_wait;
  }
  const absl::Time reached =
      clock_.latest().has_value() ? clock_.latest()->time : absl::InfinitePast();
  ASSIGN_OR_RETURN(more_due_, FireBatch());
  if (!more_due_) {
    fired_up_to_ = reached;
    looked_at_ = now;
  }
  absl::Status waiting = LookForWaiting();
  Report(followed.ok() ? std::move(waiting) : followed);
  return followed.ok() ? absl::ZeroDuration() : options_.clock_wait;
}

Horizon TimerRunner::HorizonNow() const {
  Horizon horizon;
  if (clock_.latest().has_value()) horizon.ordinary = clock_.latest()->time;
  horizon.urgent = clock_.silence() > options_.silence_max ? WallFor(ports_.wall, horizon.ordinary)
                                                           : horizon.ordinary;
  return horizon;
}

absl::StatusOr<bool> TimerRunner::FireBatch() {
  const Horizon horizon = HorizonNow();
  std::vector<TimerRow> rows;
  std::vector<TimerRow> failed_before;
  {
    ASSIGN_OR_RETURN(const auto reading, ports_.store.BeginRead());
    ASSIGN_OR_RETURN(rows, Due(*reading, horizon, options_.timers_per_batch_max));
    ASSIGN_OR_RETURN(failed_before,
                     ToRetry(*reading, ports_.wall.Now(), options_.timers_per_batch_max));
  }
  const bool more = static_cast<int64_t>(rows.size()) == options_.timers_per_batch_max;
  // Where others write at the same time, one who holds an entity does not wait for another.
  const auto together_max =
      static_cast<size_t>(ports_.store.IsShared() ? 1 : options_.timers_per_transaction_max);
  absl::Span<const TimerRow> left(rows);
  while (!left.empty()) {
    const auto together = left.subspan(0, together_max);
    left.remove_prefix(together.size());
    const absl::Status fired = FireTogether(together, horizon);
    if (fired.ok()) continue;
    RETURN_IF_ERROR(together.size() == 1 ? PutOffAfter(together[0], fired)
                                         : FireApart(together, horizon));
  }
  RETURN_IF_ERROR(FireApart(failed_before, horizon));
  return more;
}

absl::Status TimerRunner::FireTogether(absl::Span<const TimerRow> rows, const Horizon& horizon) {
  std::map<OfKind*, std::vector<double>> delays;
  RETURN_IF_ERROR(store::RunTransaction(ports_.store, [&](store::Transaction& transaction) {
    delays.clear();
    for (const TimerRow& row : rows) {
      const absl::StatusOr<std::optional<absl::Duration>> delay =
          FireOne(transaction, row, horizon);
      if (!delay.ok()) return delay.status();
      if (delay->has_value()) {
        delays[Find(row.kind)].push_back(absl::ToDoubleSeconds(**delay));
      }
    }
    return absl::OkStatus();
  }));
  for (const auto& [kind, of_kind] : delays) {
    kind->fired.Increment(static_cast<double>(of_kind.size()));
    for (const double delay : of_kind) kind->delay_seconds.Observe(delay);
    kind->handler->Committed(static_cast<int64_t>(of_kind.size()));
  }
  return absl::OkStatus();
}

absl::Status TimerRunner::FireApart(absl::Span<const TimerRow> rows, const Horizon& horizon) {
  for (const TimerRow& row : rows) {
    const absl::Status fired = FireTogether(absl::MakeConstSpan(&row, 1), horizon);
    // When it is the store that has failed, this fails too, and the batch ends.
    if (!fired.ok()) RETURN_IF_ERROR(PutOffAfter(row, fired));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<absl::Duration>> TimerRunner::FireOne(store::Transaction& transaction,
                                                                   const TimerRow& row,
                                                                   const Horizon& horizon) {
  OfKind* const kind = Find(row.kind);
  if (kind == nullptr) {
    return FailedPrecondition("TIMER_KIND_UNKNOWN", "kind",
                              absl::StrCat("nothing here handles timers of kind ", row.kind));
  }
  RETURN_IF_ERROR(kind->handler->Lock(transaction, row.timer.subject));
  ASSIGN_OR_RETURN(const bool claimed, Claim(transaction, row));
  if (!claimed) return std::nullopt;
  const std::optional<journal::ClockRound>& round = clock_.latest();
  const bool backfill =
      round.has_value() &&
      (round->backfill || row.timer.due <= round->past_until.value_or(absl::InfinitePast()));
  const absl::Time reached = row.timer.due <= horizon.ordinary ? horizon.ordinary : horizon.urgent;
  RETURN_IF_ERROR(kind->handler->Fire(
      transaction, {.timer = row.timer, .reached = reached, .backfill = backfill}));
  return (backfill ? reached : WallFor(ports_.wall, reached)) - row.timer.due;
}

absl::Status TimerRunner::PutOffAfter(const TimerRow& row, const absl::Status& failure) {
  if (OfKind* const kind = Find(row.kind); kind != nullptr) kind->failed.Increment();
  absl::Duration wait = options_.backoff_least;
  for (int64_t i = 0; i < row.attempts && wait < options_.backoff_most; ++i) wait *= 2;
  wait = std::min(wait, options_.backoff_most);
  LogWarning("timer failed; trying again", {{"kind", row.kind},
                                            {"subject", row.timer.subject.id},
                                            {"attempts", row.attempts + 1},
                                            {"status", failure}});
  return store::RunTransaction(ports_.store, [&](store::Transaction& transaction) {
    return PutOff(transaction, row, ports_.wall.Now() + wait);
  });
}

absl::Status TimerRunner::LookForWaiting() {
  // A past that is being built has its own pace.
  const bool building = clock_.latest().has_value() && clock_.latest()->backfill;
  if (building || clock_.silence() <= options_.silence_max) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto reading, ports_.store.BeginRead());
  ASSIGN_OR_RETURN(const std::optional<absl::Time> first, FirstOrdinaryDue(*reading));
  if (!first.has_value() || *first > ports_.wall.Now()) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {"TIMERS_WAIT_FOR_CLOCK", "", ""},
               absl::StrCat("timers due since ", absl::FormatTime(*first, absl::UTCTimeZone()),
                            " wait for the clock, which has been silent for ",
                            absl::FormatDuration(absl::Trunc(clock_.silence(), absl::Seconds(1)))));
}

TimerRunner::OfKind* TimerRunner::Find(const std::string& kind) {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? nullptr : &found->second;
}

}  // namespace bellwether::timers
