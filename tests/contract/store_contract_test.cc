// The store contract over both engines, and what only SQLite does.
#include "tests/contract/store_contract.h"

#include <filesystem>

#include "absl/strings/str_replace.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/store/sqlite_store.h"
#include "common/store/testing/postgres_server.h"

namespace bellwether::store::store_contract_test {
namespace {

std::string NameOf(const ::testing::TestParamInfo<testing::Engine>& info) {
  return info.param == testing::Engine::kPostgres ? "Postgres" : "Sqlite";
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContract,
                         ::testing::Values(testing::Engine::kSqlite, testing::Engine::kPostgres),
                         NameOf);

TEST(SqliteStore, AWriterThatWaitsTooLongFails) {
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

TEST(PostgresStore, ConnectionsAreBounded) {
  auto store = OpenStore(testing::PostgresServer::Shared().NewSchema("pool=2&wait=20ms"), "test");
  ASSERT_TRUE(store.ok()) << store.status();
  auto one = (*store)->Begin();
  const auto two = (*store)->BeginRead();
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded((*store)->Begin().status()));
  one->reset();
  EXPECT_TRUE((*store)->Begin().ok());
}

TEST(PostgresStore, RefusesADatabaseThatIsNotSetUp) {
  testing::PostgresServer& server = testing::PostgresServer::Shared();
  const std::string url = server.NewSchema();
  const auto reason = [](const std::string& wrong) {
    return DetailOf(OpenStore(wrong, "test").status())->reason;
  };
  EXPECT_EQ(reason(url + "&schema=nowhere"), "STORE_SCHEMA_MISSING");
  EXPECT_EQ(reason(url + "&password-file=nowhere"), "STORE_PASSWORD_UNREADABLE");
  server.RunAlone(
      "CREATE DATABASE linguistic TEMPLATE template0 LOCALE_PROVIDER icu "
      "ICU_LOCALE 'en' LOCALE 'C'");
  EXPECT_EQ(reason(absl::StrReplaceAll(url, {{"/postgres?", "/linguistic?"}})), "STORE_COLLATION");
  server.RunAlone("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
  EXPECT_EQ(reason(absl::StrReplaceAll(url, {{"/postgres?", "/latin?"}})), "STORE_ENCODING");
}

TEST(PostgresStore, ConnectsByTlsAndReadsAnswersOfAnySizeThroughIt) {
  testing::PostgresServer& server = testing::PostgresServer::Shared();
  const std::string other = server.folder() + "/other.crt";
  std::filesystem::copy_file(server.EnableTls(), other);
  const std::string certificate = server.EnableTls();
  const std::string url = server.NewSchema("sslmode=verify-full&sslrootcert=" + certificate);
  EXPECT_TRUE(absl::IsUnavailable(
      OpenStore(absl::StrReplaceAll(url, {{certificate, other}}), "test").status()))
      << "a server that cannot be verified is not connected to";
  const auto store = OpenStore(url, "test");
  ASSERT_TRUE(store.ok()) << store.status();
  const auto transaction = (*store)->Begin();
  EXPECT_EQ((*transaction)
                ->Query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                ->at(0)
                .Int(0),
            1);
  // Sizes that leave the rest of a record of 16 KiB in OpenSSL's hands.
  for (int64_t size = 1; size < 5'000'000; size = size * 3 + 7) {
    const auto rows = (*transaction)->Query("SELECT repeat('x', CAST($1 AS INTEGER))", {size});
    ASSERT_TRUE(rows.ok()) << size << ": " << rows.status();
    EXPECT_EQ(static_cast<int64_t>((*rows)[0].Text(0).size()), size);
  }
  const auto many =
      (*transaction)->Query("SELECT i, repeat('y', i % 999) FROM generate_series(1, 20000) AS i");
  ASSERT_TRUE(many.ok()) << many.status();
  EXPECT_EQ(many->size(), 20'000u);
  server.Configure("");
}

TEST(PostgresStore, TextItCannotStoreIsTheCallersFault) {
  const auto store = OpenStore(testing::PostgresServer::Shared().NewSchema(), "test");
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff")}) {
    const auto transaction = (*store)->Begin();
    EXPECT_TRUE(absl::IsInvalidArgument((*transaction)->Query("SELECT $1", {text}).status()));
  }
}

TEST(PostgresStore, AnswersOnlyInTheTypesOfThePort) {
  const auto store = OpenStore(testing::PostgresServer::Shared().NewSchema(), "test");
  const auto transaction = (*store)->Begin();
  const auto rows = (*transaction)->Query("SELECT 1 = 1, CAST(2 AS SMALLINT), 3, current_user");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*rows)[0].Int(0), 1);
  EXPECT_EQ((*rows)[0].Int(1), 2);
  EXPECT_EQ((*rows)[0].Int(2), 3);
  const absl::Status refused = (*transaction)->Query("SELECT 1.5 AS half").status();
  EXPECT_EQ(DetailOf(refused)->reason, "COLUMN_TYPE_UNSUPPORTED");
}

TEST(OpenStore, RefusesSchemesItDoesNotKnow) {
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("oracle:x", "a").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("sqlite:", "a").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("postgres://", "a").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(OpenStore("sqlite:x", "../a").status()));
}

}  // namespace
}  // namespace bellwether::store::store_contract_test
