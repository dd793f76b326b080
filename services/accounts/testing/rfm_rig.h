// RFM cuts over their real tables, for tests.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_TESTING_RFM_RIG_H_
#define BELLWETHER_SERVICES_ACCOUNTS_TESTING_RFM_RIG_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/status.h"
#include "common/calendar/calendar.h"
#include "common/consume/positions.h"
#include "common/store/testing/test_database.h"
#include "services/accounts/adapters/rfm_cuts.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/adapters/sql_rfm_corrections.h"

namespace bellwether::accounts::testing {

inline constexpr int32_t kPartitions = 2;

class RecordedChanges final : public AccountChanges {
 public:
  absl::Status Record(store::Transaction&, const Account& account, absl::Time past,
                      absl::Time) override {
    recorded.emplace_back(account.id, account.tier, past);
    return absl::OkStatus();
  }
  void Committed() override {}

  std::vector<std::tuple<std::string, std::string, absl::Time>> recorded;
};

class RfmRig : public ::testing::Test {
 protected:
  RfmRig() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  absl::Time Midnight(int day) const { return calendar_.StartOfDay(20'000 + day); }

  // Runs `write` in a transaction of its own.
  template <typename Write>
  void Commit(Write write) {
    auto transaction = store_->Begin();
    ASSERT_TRUE(transaction.ok());
    const absl::Status written = write(**transaction);
    ASSERT_TRUE(written.ok()) << written;
    ASSERT_TRUE((*transaction)->Commit().ok());
  }

  void AddAccount(const std::string& id, const std::string& tier, bool pinned = false) {
    Account account;
    account.id = id;
    account.legal_name = id;
    account.tier = tier;
    account.tier_pinned = pinned;
    account.version = 1;
    account.created = account.updated = now_;
    Commit([&](store::Transaction& transaction) { return accounts_.Insert(transaction, account); });
  }

  void SetFigures(int32_t partition, const std::string& account, absl::Time midnight,
                  int64_t recency, int64_t count, int64_t value) {
    Commit([&](store::Transaction& transaction) {
      return rfm_.SaveFigures(
          transaction,
          {{partition,
            account,
            midnight,
            {++version_, calendar_.LocalDayOf(midnight) - 1 - recency, count, value}}});
    });
  }

  void SetWatermark(int32_t partition, absl::Time first, absl::Time watermark) {
    now_ = watermark + absl::Seconds(1);
    Commit([&](store::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const auto stored, positions_.Of(transaction, partition));
      std::optional<int64_t> read_from;
      if (stored.has_value()) read_from = stored->next_offset;
      return positions_.Move(
          transaction, {partition, "log", read_from.value_or(0) + 1, first, watermark}, read_from);
    });
  }

  void SetWatermarks(absl::Time first, absl::Time watermark) {
    for (int32_t p = 0; p < kPartitions; ++p) SetWatermark(p, first, watermark);
  }

  // Takes every cut that is due; their number.
  int TakeAll() {
    int cuts = 0;
    for (bool more = true; more;) {
      Commit([&](store::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const RfmCuts::Taken taken, cuts_.TakeDue(transaction, now_));
        more = taken.more();
        cuts += taken.cut ? 1 : 0;
        return absl::OkStatus();
      });
    }
    return cuts;
  }

  std::optional<RfmCut> CutAsOf(absl::Time time, absl::Time known_by = absl::InfiniteFuture()) {
    auto transaction = store_->BeginRead();
    auto cut = rfm_.CutAsOf(**transaction, time, known_by);
    EXPECT_TRUE(cut.ok()) << cut.status();
    return cut.ok() ? *std::move(cut) : std::nullopt;
  }

  std::string TierOfAccount(const std::string& id) {
    auto transaction = store_->BeginRead();
    return (*accounts_.Find(**transaction, id))->tier;
  }

  std::vector<RfmLevelChange> HistoryOf(const std::string& id) {
    auto transaction = store_->BeginRead();
    return *rfm_.History(**transaction, id, absl::InfiniteFuture(), 100);
  }

  const Calendar calendar_ = *Calendar::Create({});
  // The clock: a moment after the last tick.
  absl::Time now_ = Midnight(0);
  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlAccounts accounts_{*store_};
  const consume::Positions positions_{"accounts-rfm"};
  const RfmConfig config_ = *LoadRfmConfig("");
  SqlRfm rfm_{{*store_, calendar_, positions_, kPartitions, config_.classes}};
  RecordedChanges changes_;
  SqlRfmCorrections corrections_;
  RfmCuts cuts_{
      {config_.scheme, calendar_, config_.classes, rfm_, corrections_, accounts_, changes_}};
  int64_t version_ = 0;
};

}  // namespace bellwether::accounts::testing

#endif  // BELLWETHER_SERVICES_ACCOUNTS_TESTING_RFM_RIG_H_
