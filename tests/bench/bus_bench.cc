// Records per second through the embedded bus: appends of 200-byte values with the headers of a
// journal record, on disk with full synchronisation, and reads of them by one thread.
#include <atomic>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "benchmark/benchmark.h"
#include "common/base/ids.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"

namespace bellwether::bus {
namespace {

constexpr char kTopic[] = "bench.v1";
constexpr int32_t kPartitions = kPartitionsDefault;
constexpr size_t kValueBytes = 200;

Message Sample(int64_t number) {
  return {absl::StrCat("account-", number % 10'000),
          {{kHeaderSpecVersion, "1.0"},
           {kHeaderId, absl::StrCat("order-", number)},
           {kHeaderSource, "crm/bench"},
           {kHeaderType, "bellwether.fact.order_placed.v1"},
           {kHeaderTime, "2026-11-21T20:00:00.000000Z"},
           {kHeaderContentType, kContentTypeProtobuf},
           {kHeaderRecordedAt, "1795291200000000"}},
          std::string(kValueBytes, 'v')};
}

// A bus on disk that is gone afterwards.
class ScratchBus {
 public:
  ScratchBus() { Reopen(); }
  ~ScratchBus() {
    bus_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Reopen() {
    bus_.reset();
    auto bus = EmbeddedBus::Open(directory_.string());
    if (bus.ok() && (*bus)->EnsureTopic({kTopic, kPartitions}).ok()) bus_ = *std::move(bus);
  }
  EmbeddedBus* operator->() { return bus_.get(); }
  bool ok() const { return bus_ != nullptr; }

 private:
  const std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("bus-bench-" + NewUuid());
  std::unique_ptr<EmbeddedBus> bus_;
};

// Appends `count` messages over all partitions; every one acknowledged on return.
bool Fill(ScratchBus& bus, int64_t count) {
  auto producer = *bus->NewProducer();
  std::atomic<int64_t> failed{0};
  for (int64_t i = 0; i < count;) {
    const absl::Status status =
        producer->Produce(kTopic, static_cast<int32_t>(i % kPartitions), Sample(i),
                          [&](absl::StatusOr<Position> position) { failed += !position.ok(); });
    if (status.ok()) {
      ++i;
    } else if (!producer->Flush(absl::Minutes(1)).ok()) {
      return false;
    }
  }
  return producer->Flush(absl::Minutes(1)).ok() && failed == 0;
}

void BM_Append(benchmark::State& state) {
  ScratchBus bus;
  if (!bus.ok()) return state.SkipWithError("no bus");
  constexpr int64_t kEach = 200'000;
  for (auto _ : state) {
    if (!Fill(bus, kEach)) return state.SkipWithError("append failed");
  }
  state.SetItemsProcessed(state.iterations() * kEach);
}
BENCHMARK(BM_Append)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);

// One message at a time: what a caller waits for durability.
void BM_AppendOneAndWait(benchmark::State& state) {
  ScratchBus bus;
  if (!bus.ok()) return state.SkipWithError("no bus");
  auto producer = *bus->NewProducer();
  for (auto _ : state) {
    absl::Notification delivered;
    if (!producer
             ->Produce(kTopic, 0, Sample(0), [&](absl::StatusOr<Position>) { delivered.Notify(); })
             .ok()) {
      return state.SkipWithError("append failed");
    }
    delivered.WaitForNotification();
  }
}
BENCHMARK(BM_AppendOneAndWait)->Unit(benchmark::kMicrosecond)->UseRealTime();

// From the file, after a restart: nothing is in memory.
void BM_ReadFromFile(benchmark::State& state) {
  ScratchBus bus;
  constexpr int64_t kEach = 1'000'000;
  if (!bus.ok() || !Fill(bus, kEach)) return state.SkipWithError("no bus");
  int64_t records = 0;
  for (auto _ : state) {
    state.PauseTiming();
    bus.Reopen();
    state.ResumeTiming();
    for (int32_t p = 0; p < kPartitions; ++p) {
      auto reader = *bus->NewReader(kTopic, p, 0);
      while (true) {
        const auto batch = reader->Read(1'000, absl::ZeroDuration());
        if (!batch.ok()) return state.SkipWithError("read failed");
        if (batch->empty()) break;
        for (const Record& record : batch->records) {
          benchmark::DoNotOptimize(record.HeaderOr(kHeaderRecordedAt));
        }
        records += static_cast<int64_t>(batch->records.size());
      }
    }
  }
  state.SetItemsProcessed(records);
}
BENCHMARK(BM_ReadFromFile)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

// A group member that follows a producer, from memory.
void BM_AppendAndConsume(benchmark::State& state) {
  ScratchBus bus;
  if (!bus.ok()) return state.SkipWithError("no bus");
  auto consumer = *bus->NewConsumer({"bench", kTopic, nullptr});
  constexpr int64_t kEach = 200'000;
  for (auto _ : state) {
    std::thread filler([&] { Fill(bus, kEach); });
    for (int64_t got = 0; got < kEach;) {
      const auto batch = consumer->Poll(1'000, absl::Seconds(1));
      if (!batch.ok()) break;
      got += static_cast<int64_t>(batch->records.size());
    }
    filler.join();
  }
  consumer->Close();
  state.SetItemsProcessed(state.iterations() * kEach);
}
BENCHMARK(BM_AppendAndConsume)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);

}  // namespace
}  // namespace bellwether::bus

BENCHMARK_MAIN();
