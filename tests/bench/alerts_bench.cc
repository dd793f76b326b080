// What alerts cost: folding a signal, storing what a change leads to, and the way from a signal in
// the log to a watcher.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "common/base/clock.h"
#include "common/outbox/outbox.h"
#include "common/store/sqlite_store.h"
#include "common/stream/testing/records.h"
#include "grpcpp/client_context.h"
#include "services/alerts/adapters/condition_fold.h"
#include "services/alerts/adapters/rule_messages.h"
#include "services/alerts/config.h"
#include "services/alerts/testing/alerts_deployment.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts {
namespace {

using for_tests::kStart;

constexpr int kSubjects = 10'000;
// What health says of an account beyond the values that rules read.
constexpr int kOtherValues = 40;

// The shipped rules over one partition.
struct Partition {
  const RuleSet rules = *ToRuleSet(*LoadRules({}));
  const CaseRowsContext rows{.policy = for_tests::Policy()};
  const CaseBook cases{rules, rows.policy};
  const ConditionFoldContext context{
      .rules = &rules, .cases = &cases, .rows = &rows, .clock = &Clock::System()};
  ConditionFold fold{0, context};
};

testing::NamedFigures ValuesOf(double score) {
  testing::NamedFigures values = testing::Score(score);
  values.emplace_back("orders.count_90d", 10 * kMicros);
  values.emplace_back("orders.count_90d_before", 10 * kMicros);
  values.emplace_back("decision_chain.last_moved", absl::ToUnixMicros(kStart));
  for (int i = 0; i < kOtherValues; ++i) values.emplace_back(absl::StrCat("other.value_", i), i);
  return values;
}

// One signal of every subject. `score` of the round.
std::vector<bus::Message> Round(int64_t version, double score) {
  std::vector<bus::Message> messages;
  for (int i = 0; i < kSubjects; ++i) {
    messages.push_back(testing::SignalRecord(
        testing::SignalOf(absl::StrCat("account-", i), version, kStart, ValuesOf(score)), kStart));
  }
  return messages;
}

void ApplyAll(ConditionFold& fold, const std::vector<bus::Record>& records, int64_t version) {
  stream::Effects effects;
  const stream::Moment moment{.time = kStart, .version = version};
  for (const bus::Record& record : records) fold.Apply(record, moment, effects);
}

// Signals a second, one core, no condition changing.
void BM_FoldSignals(benchmark::State& state) {
  Partition partition;
  int64_t version = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const stream::testing::RecordsOf records(0, 0, Round(++version, 95));
    state.ResumeTiming();
    ApplyAll(partition.fold, records.records(), version);
  }
  state.SetItemsProcessed(state.iterations() * kSubjects);
}
BENCHMARK(BM_FoldSignals)->Unit(benchmark::kMillisecond);

// Condition changes a second brought into cases, timelines and outbox, one transaction a round.
void BM_StoreChanges(benchmark::State& state) {
  const auto store = *store::SqliteStore::OpenScratch();
  if (!CreateTables(*store).ok() || !outbox::CreateTables(*store).ok()) {
    state.SkipWithError("no tables");
    return;
  }
  Partition partition;
  int64_t version = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ++version;
    const stream::testing::RecordsOf records(0, 0, Round(version, version % 2 == 1 ? 50 : 95));
    ApplyAll(partition.fold, records.records(), version);
    state.ResumeTiming();
    auto write = partition.fold.TakeCheckpoint();
    auto transaction = *store->Begin();
    if (!write(*transaction).ok() || !transaction->Commit().ok()) {
      state.SkipWithError("a checkpoint failed");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * kSubjects);
}
BENCHMARK(BM_StoreChanges)->Unit(benchmark::kMillisecond)->Iterations(4);

// From the signal's being handed to the bus to the watcher's having the change: fold, commit,
// outbox, relay, bus, stream. Real disk.
void BM_SignalToWatcher(benchmark::State& state) {
  testing::AlertsDeployment alerts;
  alerts.Start();
  grpc::ClientContext context;
  const auto reader = alerts.stub().WatchAlerts(&context, {});
  reader->WaitForInitialMetadata();
  int64_t version = 0;
  for (auto _ : state) {
    ++version;
    alerts.PublishSignal("acme", version, version % 2 == 1 ? 50 : 95);
    v1::WatchAlertsResponse change;
    bool read = false;
    do {
      read = reader->Read(&change);
    } while (read && change.has_mark());
    if (!read) {
      state.SkipWithError("the watch ended");
      break;
    }
  }
  context.TryCancel();
  reader->Finish();
}
BENCHMARK(BM_SignalToWatcher)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bellwether::alerts
