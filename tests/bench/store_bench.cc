// Rows per second through store::ExecuteMany: upserts of 600-byte blobs in transactions of the size
// a checkpoint has, on disk with full synchronisation.
#include <filesystem>
#include <random>

#include "benchmark/benchmark.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/store/store.h"

namespace bellwether::store {
namespace {

constexpr int kKeys = 200'000;
constexpr size_t kRowBytes = 600;

absl::Status Upsert(Store& store, absl::Span<const std::vector<Value>> rows) {
  ASSIGN_OR_RETURN(auto transaction, store.Begin());
  RETURN_IF_ERROR(transaction->ExecuteMany(
      "INSERT INTO state (partition, account, body) VALUES ($1, $2, $3) "
      "ON CONFLICT (partition, account) DO UPDATE SET body = excluded.body",
      rows));
  return transaction->Commit();
}

void BM_Upsert600Bytes(benchmark::State& state) {
  const auto directory = std::filesystem::temp_directory_path() / ("store-bench-" + NewUuid());
  {
    auto store = OpenStore("sqlite:" + directory.string(), "bench");
    if (!store.ok() || !Migrate(**store,
                                std::vector<Migration>{
                                    {"1",
                                     "CREATE TABLE state (partition BIGINT NOT NULL, account TEXT "
                                     "NOT NULL, body BYTEA NOT NULL, PRIMARY KEY (partition, "
                                     "account))"}})
                            .ok()) {
      state.SkipWithError("no store");
      return;
    }
    std::mt19937 random(1);
    const auto rows_per_commit = static_cast<size_t>(state.range(0));
    for (auto _ : state) {
      state.PauseTiming();
      std::vector<std::vector<Value>> rows;
      for (size_t i = 0; i < rows_per_commit; ++i) {
        const int account = std::uniform_int_distribution<int>(0, kKeys - 1)(random);
        rows.push_back({int64_t{account % 12}, "account-" + std::to_string(account),
                        Blob{std::string(kRowBytes, static_cast<char>(account))}});
      }
      state.ResumeTiming();
      const absl::Status status = Upsert(**store, rows);
      if (!status.ok()) state.SkipWithError(status.ToString().c_str());
    }
    state.SetItemsProcessed(state.iterations() * rows_per_commit);
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(BM_Upsert600Bytes)->Arg(1)->Arg(100)->Arg(10'000)->Arg(50'000)->UseRealTime();

}  // namespace
}  // namespace bellwether::store

BENCHMARK_MAIN();
