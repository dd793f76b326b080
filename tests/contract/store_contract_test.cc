// The store contract over both engines, and what only SQLite does.
#include "tests/contract/store_contract.h"

#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/store/sqlite_store.h"

namespace bellwether::store {
namespace {

std::string NameOf(const ::testing::TestParamInfo<testing::Engine>& info) {
  return info.param == testing::Engine::kPostgres ? "Postgres" : "Sqlite";
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContract,
                         ::testing::Values(testing::Engine::kSqlite, testing::Engine::kPostgres),
                         NameOf);

TEST(SqliteStore, AWriterThatWaitsTooLongIsTold) {
  const std::string path = ::testing::TempDir() + "/" + NewUuid() + ".db";
  auto store = SqliteStore::Open({.path = path, .wait = absl::Milliseconds(20)});
  auto other_process = SqliteStore::Open({.path = path, .wait = absl::Milliseconds(20)});
  ASSERT_TRUE(store.ok() && other_process.ok());
  auto holder = (*store)->Begin();
  ASSERT_TRUE(holder.ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded((*store)->Begin().status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded((*other_process)->Begin().status()));
  ASSERT_TRUE((*holder)->Commit().ok());
  EXPECT_TRUE((*store)->Begin().ok());
  EXPECT_TRUE((*other_process)->Begin().ok());
}

TEST(SqliteStore, ReadersAreBounded) {
  auto store = SqliteStore::Open(
      {.path = ::testing::TempDir() + "/" + NewUuid() + ".db", .wait = absl::Milliseconds(20)});
  ASSERT_TRUE(store.ok());
  std::vector<std::unique_ptr<Transaction>> readers;
  for (size_t i = 0; i < kSqliteReadersMax; ++i) {
    auto reader = (*store)->BeginRead();
    ASSERT_TRUE(reader.ok());
    readers.push_back(*std::move(reader));
  }
  EXPECT_TRUE(absl::IsDeadlineExceeded((*store)->BeginRead().status()));
  readers.pop_back();
  EXPECT_TRUE((*store)->BeginRead().ok());
}

TEST(SqliteStore, MoreStatementsThanAreKeptPreparedStillWork) {
  auto store = SqliteStore::OpenScratch();
  ASSERT_TRUE(store.ok());
  auto transaction = (*store)->Begin();
  ASSERT_TRUE(transaction.ok());
  for (size_t round = 0; round < 2; ++round) {
    for (size_t i = 0; i < kPreparedStatementsMax + 10; ++i) {
      const auto rows = (*transaction)->Query("SELECT " + std::to_string(i));
      ASSERT_TRUE(rows.ok());
      EXPECT_EQ((*rows)[0].Int(0), static_cast<int64_t>(i));
    }
  }
}

TEST(SqliteStore, ScratchStoresShareNothingAndLeaveNothing) {
  auto one = OpenStore("sqlite::memory:", "a");
  auto two = OpenStore("sqlite::memory:", "a");
  ASSERT_TRUE(one.ok() && two.ok());
  const std::vector<Migration> migrations = {{"t/1", "CREATE TABLE a (x BIGINT)"}};
  ASSERT_TRUE(Migrate(**one, migrations).ok());
  auto reader = (*two)->BeginRead();
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE((*reader)->Query("SELECT x FROM a").ok());
}

TEST(OpenStore, RefusesSchemesItDoesNotKnow) {
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("oracle:x", "a").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("sqlite:", "a").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("sqlite:x", "../a").status()));
}

}  // namespace
}  // namespace bellwether::store
