// What durable timers cost with many of them set: looking for what is due, firing it, setting more.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "common/timers/timer_rows.h"
#include "common/timers/timer_runner.h"

namespace bellwether::timers {
namespace {

constexpr Kind kKind{"bench"};
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class Nothing final : public Handler {
 public:
  absl::Status Fire(store::Transaction&, const Fired&) override { return absl::OkStatus(); }
};

// A store on disk with `count` timers, a second apart.
class Deployment {
 public:
  explicit Deployment(int64_t count)
      : directory_((std::filesystem::temp_directory_path() / ("bench-" + NewUuid())).string()) {
    status_ = Fill(count);
  }
  ~Deployment() {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  const absl::Status& status() const { return status_; }
  store::Store& store() { return *store_; }

  absl::Status SetOne(int64_t number) {
    ASSIGN_OR_RETURN(const auto transaction, store_->Begin());
    RETURN_IF_ERROR(Set(*transaction, kKind, TimerOf(number)));
    return transaction->Commit();
  }

 private:
  static Timer TimerOf(int64_t number) {
    return {{"case", absl::StrCat("case-", number)}, kStart + absl::Seconds(number)};
  }
  absl::Status Fill(int64_t count) {
    ASSIGN_OR_RETURN(store_, store::OpenStore("sqlite:" + directory_, "bench"));
    RETURN_IF_ERROR(CreateTables(*store_));
    std::vector<Timer> timers;
    for (int64_t i = 0; i < count; ++i) timers.push_back(TimerOf(i));
    ASSIGN_OR_RETURN(const auto transaction, store_->Begin());
    RETURN_IF_ERROR(SetAll(*transaction, kKind, timers));
    return transaction->Commit();
  }

  const std::string directory_;
  std::unique_ptr<store::Store> store_;
  absl::Status status_;
};

// What every round of the clock costs while nothing is due.
void BM_LookWhileNoneIsDue(benchmark::State& state) {
  Deployment deployment(state.range(0));
  absl::Status status = deployment.status();
  for (auto _ : state) {
    if (!status.ok()) break;
    const auto reading = deployment.store().BeginRead();
    const auto due = Due(**reading, {.ordinary = kStart - absl::Seconds(1)}, 256);
    status.Update(due.status());
    benchmark::DoNotOptimize(due);
  }
  if (!status.ok()) state.SkipWithError(status.ToString().c_str());
}
BENCHMARK(BM_LookWhileNoneIsDue)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

// All of them due at once, as after an outage.
void BM_FireAll(benchmark::State& state) {
  absl::Status status;
  for (auto _ : state) {
    state.PauseTiming();
    Deployment deployment(state.range(0));
    status.Update(deployment.status());
    if (!status.ok()) break;
    stream::testing::SimBus bus;
    bus.CreateTopic(bus::kClockTopic, 1);
    stream::testing::SimClient client(bus);
    const bellwether::testing::FakeClock wall(kStart + absl::Seconds(state.range(0)));
    metrics::Registry metrics;
    Nothing handler;
    TimerRunner runner({deployment.store(), client, wall, metrics}, {.service = "bench"},
                       {{kKind, &handler}});
    bus.Append(bus::kClockTopic, 0, journal::EncodeClockRound({.time = wall.Now()}));
    state.ResumeTiming();
    for (int64_t left = state.range(0); left >= 0; left -= 256) {
      status.Update(runner.Step().status());
    }
  }
  if (!status.ok()) state.SkipWithError(status.ToString().c_str());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_FireAll)->Arg(100'000)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

void BM_SetOneAmongMany(benchmark::State& state) {
  Deployment deployment(state.range(0));
  absl::Status status = deployment.status();
  int64_t number = state.range(0);
  for (auto _ : state) {
    if (!status.ok()) break;
    status = deployment.SetOne(number++);
  }
  if (!status.ok()) state.SkipWithError(status.ToString().c_str());
}
BENCHMARK(BM_SetOneAmongMany)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace bellwether::timers

BENCHMARK_MAIN();
