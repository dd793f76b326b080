// What a nightly RFM cut costs: the ranking by itself, and the whole cut over its tables on disk.
#include <filesystem>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "services/accounts/adapters/rfm_cuts.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"

namespace bellwether::accounts {
namespace {

std::vector<RfmOrders> RandomOrders(int n, std::mt19937& random) {
  std::vector<RfmOrders> orders;
  const auto below = [&](int64_t end) {
    return std::uniform_int_distribution<int64_t>(0, end - 1)(random);
  };
  for (int i = 0; i < n; ++i) {
    orders.push_back({absl::StrCat("account-", i), below(365), 1 + below(50), below(10'000'000)});
  }
  return orders;
}

void BM_RankRfm(benchmark::State& state) {
  std::mt19937 random(1);
  const RfmScheme scheme = LoadRfmConfig("")->scheme;
  const std::vector<RfmOrders> orders = RandomOrders(static_cast<int>(state.range(0)), random);
  for (auto _ : state) benchmark::DoNotOptimize(RankRfm(orders, scheme));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_RankRfm)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

class NoChanges final : public AccountChanges {
 public:
  absl::Status Record(store::Transaction&, const Account&, absl::Time, absl::Time) override {
    return absl::OkStatus();
  }
  void Committed() override {}
};

// Every account's figures change every day.
absl::Status TakeCuts(benchmark::State& state, store::Store& store) {
  const auto calendar = Calendar::Create({});
  SqlAccounts accounts(store);
  const consume::Positions positions("bench");
  const RfmConfig config = *LoadRfmConfig("");
  SqlRfm rfm({store, *calendar, positions, /*partitions=*/1, config.classes});
  NoChanges changes;
  SqlRfmCorrections corrections;
  RfmCuts cuts({config.scheme, *calendar, config.classes, rfm, corrections, accounts, changes});
  std::mt19937 random(1);
  int64_t version = 0;
  int day = 20'000;
  for (auto _ : state) {
    state.PauseTiming();
    const absl::Time midnight = calendar->StartOfDay(++day);
    std::vector<FiguresAt> figures;
    for (const RfmOrders& each : RandomOrders(static_cast<int>(state.range(0)), random)) {
      figures.push_back(
          {0,
           each.account_id,
           midnight,
           {++version, day - 1 - each.recency_days, each.order_count, each.order_value_minor}});
    }
    state.ResumeTiming();
    ASSIGN_OR_RETURN(auto transaction, store.Begin());
    RETURN_IF_ERROR(rfm.SaveFigures(*transaction, figures));
    RETURN_IF_ERROR(positions.Move(
        *transaction, {0, "log", version, calendar->StartOfDay(20'000), midnight},
        version == state.range(0) ? std::nullopt
                                  : std::optional<int64_t>(version - state.range(0))));
    ASSIGN_OR_RETURN(const RfmCuts::Taken taken, cuts.TakeDue(*transaction, midnight));
    if (!taken.cut) return absl::InternalError("no cut was due");
    RETURN_IF_ERROR(transaction->Commit());
  }
  return absl::OkStatus();
}

void BM_NightlyCut(benchmark::State& state) {
  const auto directory = std::filesystem::temp_directory_path() / ("bench-" + NewUuid());
  {
    auto store = store::OpenStore("sqlite:" + directory.string(), "accounts");
    absl::Status status = store.status();
    if (status.ok()) status = CreateTables(**store);
    if (status.ok()) status = TakeCuts(state, **store);
    if (!status.ok()) state.SkipWithError(status.ToString().c_str());
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(BM_NightlyCut)->Arg(2'400)->Arg(100'000)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellwether::accounts

BENCHMARK_MAIN();
