// Rows per second through store::ExecuteMany: upserts of 600-byte blobs in transactions of the size
// a checkpoint has, on disk with full synchronisation. SQLite, PostgreSQL, and what libpq alone
// does on the same server: one statement per 500 rows over arrays made beforehand.
#include <libpq-fe.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/store/postgres_values.h"
#include "common/store/store.h"
#include "common/store/testing/postgres_server.h"
#include "common/store/testing/test_database.h"

namespace bellwether::store {
namespace {

constexpr int kKeys = 200'000;
constexpr size_t kRowBytes = 600;
constexpr size_t kBareBatchRows = 500;

constexpr char kTable[] =
    "CREATE TABLE state (partition BIGINT NOT NULL, account TEXT NOT NULL, body BYTEA NOT NULL, "
    "PRIMARY KEY (partition, account))";
constexpr char kUpsert[] =
    "INSERT INTO state (partition, account, body) VALUES ($1, $2, $3) "
    "ON CONFLICT (partition, account) DO UPDATE SET body = excluded.body";
constexpr char kBareUpsert[] =
    "INSERT INTO state (partition, account, body) "
    "SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[]) "
    "ON CONFLICT (partition, account) DO UPDATE SET body = excluded.body";

using RowsToWrite = std::vector<std::vector<Value>>;

// Distinct accounts, in no order.
RowsToWrite SomeRows(std::mt19937& random, size_t count) {
  const int stride = 7'919;  // a prime, so that the walk meets every key once
  int account = std::uniform_int_distribution<int>(0, kKeys - 1)(random);
  RowsToWrite rows;
  for (size_t i = 0; i < count; ++i) {
    account = (account + stride) % kKeys;
    rows.push_back({int64_t{account % 12}, absl::StrCat("account-", account),
                    Blob{std::string(kRowBytes, static_cast<char>(random()))}});
  }
  return rows;
}

absl::Status Upsert(Store& store, const RowsToWrite& rows) {
  ASSIGN_OR_RETURN(auto transaction, store.Begin());
  RETURN_IF_ERROR(transaction->ExecuteMany(kUpsert, rows));
  return transaction->Commit();
}

void BM_Upsert600Bytes(benchmark::State& state, testing::Engine engine) {
  const testing::TestDatabase database(engine);
  const std::unique_ptr<Store> store = database.Open();
  const absl::Status made = Migrate(*store, std::vector<Migration>{{"1", kTable}});
  BELLWETHER_CHECK(made.ok(), "the table can be made");
  std::mt19937 random(1);
  const auto rows_per_commit = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const RowsToWrite rows = SomeRows(random, rows_per_commit);
    state.ResumeTiming();
    const absl::Status status = Upsert(*store, rows);
    if (!status.ok()) state.SkipWithError(status.ToString().c_str());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(BM_Upsert600Bytes, Sqlite, testing::Engine::kSqlite)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->Arg(50'000)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_Upsert600Bytes, Postgres, testing::Engine::kPostgres)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->Arg(50'000)
    ->UseRealTime();

// ---- libpq alone --------------------------------------------------------------------------------

class BareConnection {
 public:
  explicit BareConnection(const std::string& conninfo)
      : connection_(PQconnectdb(conninfo.c_str())) {
    BELLWETHER_CHECK(PQstatus(connection_) == CONNECTION_OK, "the server of the benchmark answers");
  }
  ~BareConnection() { PQfinish(connection_); }
  BareConnection(const BareConnection&) = delete;
  BareConnection& operator=(const BareConnection&) = delete;

  void Run(const char* sql) { Check(PQexec(connection_, sql)); }
  void Prepare(const char* sql) { Check(PQprepare(connection_, "upsert", sql, 0, nullptr)); }
  void RunPrepared(const std::vector<Blob>& arrays) {
    const char* values[] = {arrays[0].bytes.data(), arrays[1].bytes.data(), arrays[2].bytes.data()};
    const int lengths[] = {static_cast<int>(arrays[0].bytes.size()),
                           static_cast<int>(arrays[1].bytes.size()),
                           static_cast<int>(arrays[2].bytes.size())};
    const int binary[] = {1, 1, 1};
    Check(PQexecPrepared(connection_, "upsert", 3, values, lengths, binary, 1));
  }

 private:
  static void Check(PGresult* result) {
    BELLWETHER_CHECK(PQresultStatus(result) == PGRES_COMMAND_OK, "the statement is right");
    PQclear(result);
  }

  PGconn* const connection_;
};

void BM_BareLibpqUpsert600Bytes(benchmark::State& state) {
  BareConnection connection(testing::PostgresServer::Shared().NewConninfo());
  connection.Run(kTable);
  connection.Prepare(kBareUpsert);
  std::mt19937 random(1);
  for (auto _ : state) {
    state.PauseTiming();
    const RowsToWrite rows = SomeRows(random, static_cast<size_t>(state.range(0)));
    std::vector<std::vector<Blob>> batches;
    for (size_t at = 0; at < rows.size(); at += kBareBatchRows) {
      const auto batch = absl::MakeConstSpan(rows).subspan(at, kBareBatchRows);
      batches.push_back({PostgresArray(batch, 0, kBigintType), PostgresArray(batch, 1, kTextType),
                         PostgresArray(batch, 2, kByteaType)});
    }
    state.ResumeTiming();
    connection.Run("BEGIN");
    for (const std::vector<Blob>& batch : batches) connection.RunPrepared(batch);
    connection.Run("COMMIT");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_BareLibpqUpsert600Bytes)->Arg(1)->Arg(100)->Arg(10'000)->Arg(50'000)->UseRealTime();

}  // namespace
}  // namespace bellwether::store

BENCHMARK_MAIN();
