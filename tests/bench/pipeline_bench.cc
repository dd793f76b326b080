// Facts per second and core through the health fold, whole path: read from the embedded log, parse,
// dedupe, apply, evaluate, emit signals to the embedded log, show in the cache, checkpoint to
// SQLite. Beside it, in the same run, a bare loop that reads and parses the same log. "Per core" is
// CPU time of the whole process, threads of bus and store included.
//
//   pipeline_bench [facts] [rounds]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/ids.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"
#include "common/cache/memory_cache.h"
#include "common/calendar/calendar.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "common/store/sqlite_store.h"
#include "common/stream/offsets_table.h"
#include "common/stream/processor.h"
#include "services/health/adapters/fold/health_fold.h"
#include "services/health/adapters/history/sql_state.h"
#include "services/health/adapters/models/model_journal.h"
#include "services/health/adapters/models/model_messages.h"
#include "services/health/domain/account_codec.h"
#include "tests/bench/measure.h"
#include "tests/bench/sample_journal.h"
#include "tests/bench/scratch.h"

namespace bellwether {
namespace {

constexpr int64_t kCheckpointRecords = 200'000;
constexpr double kGoalTenth = 100'000;
constexpr double kGoalOne = 40'000;
constexpr double kGoalBytesPerAccount = 8 * 1024;

// A journal of one partition on disk.
class Journal {
 public:
  Journal(const std::string& directory, int64_t facts, int64_t accounts)
      : bus_(OrDie(bus::EmbeddedBus::Open(directory))) {
    for (const char* topic : {bus::kJournalTopic, bus::kSignalsTopic, bus::kDeadLetterTopic}) {
      OrDie(bus_->EnsureTopic({topic, 1}));
    }
    FillJournal(*bus_, 1, facts, accounts);
  }

  bus::EmbeddedBus& bus() { return *bus_; }
  int64_t records() { return OrDie(bus_->Offsets(bus::kJournalTopic, 0)).end; }

 private:
  std::unique_ptr<bus::EmbeddedBus> bus_;
};

struct Sample {
  double per_cpu_second = 0;
  double per_second = 0;
};

Sample Measure(int64_t facts, const std::function<void()>& run) {
  const double cpu = CpuSeconds();
  const absl::Time begin = absl::Now();
  run();
  const double wall = absl::ToDoubleSeconds(absl::Now() - begin);
  return {static_cast<double>(facts) / (CpuSeconds() - cpu), static_cast<double>(facts) / wall};
}

// Reads every record and parses envelope and payload: what no pipeline can do without.
void ReadAndParse(Journal& journal) {
  auto reader = OrDie(journal.bus().NewReader(bus::kJournalTopic, 0, 0));
  events::v1::JournalEntry entry;
  journal::Envelope envelope;
  for (int64_t left = journal.records(); left > 0;) {
    const bus::RecordBatch batch = OrDie(reader->Read(1'024, absl::Seconds(1)));
    for (const bus::Record& record : batch.records) {
      OrDie(journal::DecodeEntry(record, envelope, entry));
    }
    left -= static_cast<int64_t>(batch.records.size());
  }
}

// One processor over the whole journal, from nothing to the last checkpoint committed.
class Pipeline {
 public:
  Pipeline(Journal& journal, const std::string& store_path, const std::string& group)
      : journal_(journal),
        store_(OrDie(store::SqliteStore::Open({.path = store_path}))),
        folds_({.calendar = &calendar_,
                .signals_topic = bus::kSignalsTopic,
                .history = {.bus = &journal.bus(),
                            .store = store_.get(),
                            .topic = bus::kJournalTopic,
                            .partitions = 1}}),
        processor_(Options(group),
                   {&journal.bus(), store_.get(), &cache_, &Clock::System(), &folds_}, NewUuid()) {
    OrDie(health::CreateTables(*store_));
    OrDie(stream::CreateTables(*store_));
  }

  void Run() {
    OrDie(processor_.Start());
    OrDie(AwaitApplied());
    processor_.Stop();  // commits
  }

 private:
  static stream::ProcessorOptions Options(const std::string& group) {
    stream::ProcessorOptions options;
    options.name = group;
    options.group = group;
    options.topic = bus::kJournalTopic;
    options.checkpoint_records = kCheckpointRecords;
    options.checkpoint_interval = absl::Hours(1);
    return options;
  }
  absl::Status AwaitApplied() {
    const absl::Time deadline = absl::Now() + absl::Minutes(10);
    while (true) {
      const absl::Status applied = processor_.WaitUntilApplied(0, journal_.records() - 1, deadline);
      // Until the partition is assigned it is nobody's.
      if (!absl::IsNotFound(applied) || absl::Now() > deadline) return applied;
      // STYLE(sleep): a benchmark that waits for its own set-up, up to a deadline.
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  Journal& journal_;
  const Calendar calendar_ = OrDie(Calendar::Create({}));
  std::unique_ptr<store::SqliteStore> store_;
  cache::MemoryCache cache_;
  health::HealthFoldFactory folds_;
  stream::Processor processor_;
};

// One account after a year of a fact a day, closed day by day; and what the fold of such an account
// costs.
void MeasureAccount() {
  const auto activated = ShippedModel();
  const auto model = OrDie(health::ToActiveModel(activated.catalogue(), activated.model()));
  const Calendar calendar = OrDie(Calendar::Create({}));
  health::JournalItemReader reader(calendar);
  std::mt19937_64 random(1);
  health::Account account;
  health::Changes changes;
  constexpr int kDays = 365;
  double apply_seconds = 0;
  double close_seconds = 0;
  for (int day = 0; day < kDays; ++day) {
    const absl::Time time = SampleBegin() + absl::Hours(24 * day);
    journal::Acceptance acceptance;
    acceptance.recorded_at = time;
    const bus::Message message = journal::EncodeFact(SomeEvent(day, 0, time, random), acceptance);
    std::vector<bus::HeaderView> headers;
    for (const bus::Header& header : message.headers)
      headers.push_back({header.name, header.value});
    health::JournalItem item;
    OrDie(reader.Read({.key = message.key, .value = message.value, .headers = headers}, item));
    const health::FoldDay today = health::FoldDay::At(item.fact.day);
    double cpu = CpuSeconds();
    if (account.Decays()) account.CloseDay(model.get(), today, changes);
    close_seconds += CpuSeconds() - cpu;
    cpu = CpuSeconds();
    changes.clear();
    account.ApplyFact(model.get(), item.fact, today, changes);
    apply_seconds += CpuSeconds() - cpu;
  }
  std::string blob;
  health::AccountCodec::Encode(account, {}, blob);
  std::printf("\naccount with one fact a day for a year\n");
  std::printf("  stored    %6zu bytes%s\n", blob.size(),
              static_cast<double>(blob.size()) <= kGoalBytesPerAccount ? "" : "  ABOVE THE GOAL");
  std::printf(
      "  resident  %6zu bytes (goal %.0f)%s\n", account.bytes(), kGoalBytesPerAccount,
      static_cast<double>(account.bytes()) <= kGoalBytesPerAccount ? "" : "  ABOVE THE GOAL");
  std::printf("  apply     %6.2f us, close a day %.2f us, mean over the year\n",
              apply_seconds / kDays * 1e6, close_seconds / kDays * 1e6);
}

void MeasurePipeline(double rows_per_fact, double goal, int64_t facts, int rounds) {
  const Scratch scratch;
  const auto accounts =
      static_cast<int64_t>(rows_per_fact * static_cast<double>(kCheckpointRecords));
  Journal journal(scratch / "bus", facts, accounts);
  std::vector<double> bare, folded, folded_wall, ratios;
  std::printf("\n%.1f changed rows a fact: %lld facts about %lld accounts, checkpoint each %lld\n",
              rows_per_fact, static_cast<long long>(facts), static_cast<long long>(accounts),
              static_cast<long long>(kCheckpointRecords));
  std::printf("  %5s %22s %22s %16s %8s\n", "round", "read+parse /core s", "pipeline /core s",
              "pipeline /s", "ratio");
  for (int round = 0; round < rounds; ++round) {
    bare.push_back(Measure(facts, [&] { ReadAndParse(journal); }).per_cpu_second);
    Sample sample;
    {
      Pipeline pipeline(journal, scratch / absl::StrCat("health", round, ".db"),
                        absl::StrCat("health", round));
      sample = Measure(facts, [&] { pipeline.Run(); });
    }
    folded.push_back(sample.per_cpu_second);
    folded_wall.push_back(sample.per_second);
    ratios.push_back(folded.back() / bare.back());
    std::printf("  %5d %22.0f %22.0f %16.0f %8.3f\n", round + 1, bare.back(), folded.back(),
                folded_wall.back(), ratios.back());
    std::fflush(stdout);
  }
  std::printf("  %5s %22.0f %22.0f %16.0f %8.3f   goal %.0f: %s\n", "median", Median(bare),
              Median(folded), Median(folded_wall), Median(ratios), goal,
              Median(folded) >= goal ? "met" : "NOT MET");
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  const int64_t facts = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  bellwether::MeasurePipeline(0.1, bellwether::kGoalTenth, facts, rounds);
  bellwether::MeasurePipeline(1.0, bellwether::kGoalOne, facts, rounds);
  bellwether::MeasureAccount();
  return 0;
}
