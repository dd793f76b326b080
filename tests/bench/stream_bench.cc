// What the stream processor itself costs per record: with a fold that does nothing, alone and over
// the embedded bus, beside the bus's own reading, and with one effect per record.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"
#include "common/log/log.h"
#include "common/store/sqlite_store.h"
#include "common/stream/partition_runner.h"
#include "common/stream/processor.h"

namespace bellwether::stream {
namespace {

constexpr char kTopic[] = "bench.v1";
constexpr char kOut[] = "bench.out.v1";
constexpr int32_t kPartitions = bus::kPartitionsDefault;
constexpr int64_t kRecords = 500'000;
constexpr size_t kValueBytes = 120;

// Does nothing, or passes each record on.
class IdleFold final : public PartitionFold {
 public:
  IdleFold(int32_t partition, bool emits) : partition_(partition), emits_(emits) {}

  absl::Status Load(store::Transaction&, absl::Time) override { return absl::OkStatus(); }
  void Apply(const bus::Record& record, const Moment&, Effects& effects) override {
    if (!emits_) return;
    bus::Message signal{std::string(record.key), {}, std::string(record.value)};
    signal.headers.reserve(record.headers.size());
    for (const bus::HeaderView& header : record.headers) {
      signal.headers.push_back({std::string(header.name), std::string(header.value)});
    }
    effects.Emit(kOut, partition_, std::move(signal));
  }
  void OnTick(const Moment&, Effects&) override {}
  std::optional<Timer> NextTimer() const override { return std::nullopt; }
  absl::Time NextTimerDue() const override { return absl::InfiniteFuture(); }
  void Fire(const Timer&, const Moment&, Effects&) override {}
  void EmitAll(const Moment&, Effects&) override {}
  CheckpointWrite TakeCheckpoint() override {
    return [](store::Transaction&) { return absl::OkStatus(); };
  }
  absl::Status Clear(store::Transaction&) override { return absl::OkStatus(); }

 private:
  const int32_t partition_;
  const bool emits_;
};

class IdleFolds final : public FoldFactory {
 public:
  explicit IdleFolds(bool emits) : emits_(emits) {}
  std::unique_ptr<PartitionFold> New(int32_t partition) override {
    return std::make_unique<IdleFold>(partition, emits_);
  }
  int64_t code_version() const override { return 1; }

 private:
  const bool emits_;
};

// The headers of a journal record, in the order in which the gateway writes them.
bus::Message Fact(int64_t number) {
  return {absl::StrCat("account-", number % 10'000),
          {{bus::kHeaderSpecVersion, "1.0"},
           {bus::kHeaderId, absl::StrCat("order-", number)},
           {bus::kHeaderSource, "crm/bench"},
           {bus::kHeaderType, "bellwether.fact.order_placed.v1"},
           {bus::kHeaderTime, "2026-11-21T20:00:00.000000Z"},
           {bus::kHeaderSubject, absl::StrCat("account-", number % 10'000)},
           {bus::kHeaderContentType, bus::kContentTypeProtobuf},
           {bus::kHeaderRecordedAt, absl::StrCat(1'795'291'200'000'000 + number)}},
          std::string(kValueBytes, 'v')};
}

class NoProducer final : public bus::Producer {
 public:
  absl::Status Produce(absl::string_view, int32_t, bus::Message, bus::Delivered) override {
    return absl::UnimplementedError("nothing is emitted");
  }
  absl::Status Flush(absl::Duration) override { return absl::OkStatus(); }
};

// The runner alone: header parsing, partition check, stream time, timers, the fold's virtual calls.
void BM_Runner(benchmark::State& state) {
  constexpr int64_t kBatch = 1'024;
  std::vector<bus::Message> messages;
  for (int64_t number = 0; static_cast<int64_t>(messages.size()) < kBatch; ++number) {
    bus::Message fact = Fact(number);
    if (PartitionOf(fact.key, kPartitions) == 0) messages.push_back(std::move(fact));
  }
  std::vector<std::vector<bus::HeaderView>> headers(messages.size());
  std::vector<bus::Record> records(messages.size());
  for (size_t i = 0; i < messages.size(); ++i) {
    for (const bus::Header& header : messages[i].headers) {
      headers[i].push_back({header.name, header.value});
    }
    records[i].key = messages[i].key;
    records[i].value = messages[i].value;
    records[i].headers = headers[i];
  }
  RunnerSettings settings;
  settings.partitions = kPartitions;
  settings.dead_letter_partitions = kPartitions;
  settings.uncommitted_records_max = int64_t{1} << 60;
  Counters counters;
  OffsetsRow row;
  row.generation = 1;
  PartitionRunner runner(
      settings, 0, row, std::make_unique<IdleFold>(0, false), std::make_unique<NoProducer>(),
      std::make_shared<DeliveryLedger>(1 << 14, std::make_shared<Bell>()),
      PartitionCache(nullptr, 0, "log", nullptr, counters), Clock::System(), counters);
  int64_t offset = 0;
  for (auto _ : state) {
    for (bus::Record& record : records) record.offset = offset++;
    runner.Run(nullptr, records);
  }
  if (counters.records != state.iterations() * kBatch) state.SkipWithError("records went missing");
  state.SetItemsProcessed(counters.records);
}
BENCHMARK(BM_Runner);

std::unique_ptr<bus::EmbeddedBus> FilledBus() {
  auto bus = bus::EmbeddedBus::Open("").value();
  for (const char* topic : {kTopic, kOut, bus::kDeadLetterTopic}) {
    if (!bus->EnsureTopic({topic, kPartitions}).ok()) return nullptr;
  }
  auto producer = bus->NewProducer().value();
  for (int64_t number = 0; number < kRecords;) {
    bus::Message fact = Fact(number);
    const int32_t partition = PartitionOf(fact.key, kPartitions);
    if (producer->Produce(kTopic, partition, std::move(fact), nullptr).ok()) {
      ++number;
    } else if (!producer->Flush(absl::Minutes(1)).ok()) {
      return nullptr;
    }
  }
  if (!producer->Flush(absl::Minutes(1)).ok()) return nullptr;
  return bus;
}

// The bus alone, to be subtracted from what follows.
void BM_BusReadAlone(benchmark::State& state) {
  const std::unique_ptr<bus::EmbeddedBus> bus = FilledBus();
  if (bus == nullptr) return state.SkipWithError("no bus");
  for (auto _ : state) {
    auto consumer = bus->NewConsumer({NewUuid(), kTopic, nullptr}).value();
    for (int64_t read = 0; read < kRecords;) {
      const auto batch = consumer->Poll(1'024, absl::Seconds(1));
      if (!batch.ok()) return state.SkipWithError("poll failed");
      read += static_cast<int64_t>(batch->records.size());
    }
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(BM_BusReadAlone)->Unit(benchmark::kMillisecond);

// The whole processor with its checkpoints, on its own threads; with one effect per record when the
// argument is 1.
void BM_Processor(benchmark::State& state) {
  const std::unique_ptr<bus::EmbeddedBus> bus = FilledBus();
  if (bus == nullptr) return state.SkipWithError("no bus");
  IdleFolds folds(state.range(0) == 1);
  for (auto _ : state) {
    state.PauseTiming();
    const auto store = store::SqliteStore::OpenScratch().value();
    if (!CreateTables(*store).ok()) return state.SkipWithError("no store");
    ProcessorOptions options;
    options.name = "bench";
    options.topic = kTopic;
    options.group = NewUuid();
    options.checkpoint_records = 20'000;
    Processor processor(options, {bus.get(), store.get(), nullptr, &Clock::System(), &folds},
                        NewUuid());
    if (!processor.Open().ok()) return state.SkipWithError("not open");
    processor.RunOnce(absl::ZeroDuration()).IgnoreError();  // takes its partitions
    state.ResumeTiming();
    while (true) {
      if (!processor.RunOnce(kIdlePollWait).ok()) return state.SkipWithError("poll failed");
      processor.StepCommitter();
      const Counters counters = processor.counters();
      if (counters.records == kRecords) break;
    }
    state.PauseTiming();
    processor.Close();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(BM_Processor)->Arg(0)->Arg(1)->ArgName("effects")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellwether::stream

int main(int argc, char** argv) {
  bellwether::ConfigureLog("bench", bellwether::LogLevel::kError);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
