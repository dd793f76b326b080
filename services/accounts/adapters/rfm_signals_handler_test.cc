// Reading the signals on in a store that an older version has written.
#include "services/accounts/adapters/rfm_signals_handler.h"

#include <memory>

#include "common/base/status.h"
#include "common/consume/positions.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/migration_files.h"

namespace bellwether::accounts::rfm_signals_handler_test {
namespace {

using ::testing::ElementsAre;

TEST(RfmSignalsHandler, AreReadOnWhereAnOlderVersionHadComeTo) {
  const std::unique_ptr<store::Store> store = store::testing::NewScratchStore();
  const auto before = store::MigrationsFrom("accounts", MigrationFiles().subspan(0, 2));
  ASSERT_TRUE(store::Migrate(*store, before).ok());
  {
    auto transaction = store->Begin();
    ASSERT_TRUE((*transaction)
                    ->Execute("INSERT INTO signals_positions (partition, log_id, next_offset, "
                              "first_watermark_micros, watermark_micros) VALUES "
                              "(0, 'log', 17, 1000, 2000), (1, 'log', 4, NULL, NULL)")
                    .ok());
    ASSERT_TRUE((*transaction)->Commit().ok());
  }
  ASSERT_TRUE(CreateTables(*store).ok());
  ASSERT_TRUE(CreateTables(*store).ok()) << "as at the next start";
  const auto reading = *store->BeginRead();
  EXPECT_THAT(*consume::Positions(kRfmReader).All(*reading),
              ElementsAre(consume::Position{0, "log", 17, absl::FromUnixMicros(1000),
                                            absl::FromUnixMicros(2000)},
                          consume::Position{1, "log", 4, std::nullopt, std::nullopt}));
}

}  // namespace
}  // namespace bellwether::accounts::rfm_signals_handler_test
