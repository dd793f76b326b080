#include "tests/contract/store_contract.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "gmock/gmock.h"

namespace bellwether::store {

StoreContract::StoreContract() : store_(database_.Open()) {
  const absl::Status created =
      Run("CREATE TABLE item (id TEXT PRIMARY KEY, amount BIGINT, body BYTEA, label TEXT UNIQUE)");
  EXPECT_TRUE(created.ok()) << created;
}

absl::Status StoreContract::Run(absl::string_view sql, absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(auto transaction, store_->Begin());
  RETURN_IF_ERROR(transaction->Execute(sql, parameters).status());
  return transaction->Commit();
}

Rows StoreContract::Read(absl::string_view sql, absl::Span<const Value> parameters) {
  auto transaction = store_->BeginRead();
  if (!transaction.ok()) {
    ADD_FAILURE() << transaction.status();
    return {};
  }
  auto rows = (*transaction)->Query(sql, parameters);
  if (!rows.ok()) {
    ADD_FAILURE() << rows.status();
    return {};
  }
  return *std::move(rows);
}

namespace {

using ::testing::ElementsAre;

constexpr char kInsert[] = "INSERT INTO item (id, amount) VALUES ($1, $2)";
constexpr char kCount[] = "SELECT COUNT(*) FROM item";

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

TEST_P(StoreContract, CommittedRowsAreReadBackWithTheirTypes) {
  const std::string bytes("\0a\0\xff", 4);
  ASSERT_TRUE(Run("INSERT INTO item (id, amount, body, label) VALUES ($1, $2, $3, $4)",
                  {std::string("a"), int64_t{-1} << 62, Blob{bytes}, std::string("客户")})
                  .ok());
  const Rows rows = Read("SELECT id, amount, body, label FROM item");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].Text(0), "a");
  EXPECT_EQ(rows[0].Int(1), int64_t{-1} << 62);
  EXPECT_EQ(rows[0].Bytes(2), bytes);
  EXPECT_EQ(rows[0].Text(3), "客户");
}

TEST_P(StoreContract, NullsAndEmptyValuesStayApart) {
  ASSERT_TRUE(Run("INSERT INTO item (id, amount, body, label) VALUES ($1, $2, $3, $4)",
                  {std::string(""), std::monostate(), Blob{""}, std::monostate()})
                  .ok());
  const Rows rows = Read("SELECT id, amount, body, label FROM item");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].Text(0), "");
  EXPECT_TRUE(rows[0].IsNull(1));
  EXPECT_FALSE(rows[0].IsNull(2));
  EXPECT_EQ(rows[0].Bytes(2), "");
  EXPECT_TRUE(rows[0].IsNull(3));
}

TEST_P(StoreContract, PlaceholdersMayRepeatAndComeInAnyOrder) {
  ASSERT_TRUE(
      Run("INSERT INTO item (amount, label, id) VALUES ($2, $1, $1)", {std::string("x"), 7}).ok());
  const Rows rows =
      Read("SELECT id, amount, label FROM item WHERE id = $1 AND label = $1", {std::string("x")});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].Int(1), 7);
}

TEST_P(StoreContract, AStatementGivenTooFewParametersIsRefused) {
  EXPECT_FALSE(Run(kInsert, {std::string("x")}).ok());
  EXPECT_EQ(Read(kCount)[0].Int(0), 0);
}

TEST_P(StoreContract, ATransactionDestroyedWithoutCommitLeavesNothing) {
  {
    auto transaction = store_->Begin();
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE((*transaction)->Execute(kInsert, {std::string("x"), 1}).ok());
    EXPECT_EQ((*transaction)->Query(kCount)->at(0).Int(0), 1) << "it reads its own writes";
  }
  EXPECT_EQ(Read(kCount)[0].Int(0), 0);
}

TEST_P(StoreContract, ExecuteReturnsHowManyRowsItChanged) {
  ASSERT_TRUE(Run(kInsert, {std::string("a"), 1}).ok());
  ASSERT_TRUE(Run(kInsert, {std::string("b"), 1}).ok());
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  EXPECT_EQ(*(*transaction)->Execute("UPDATE item SET amount = $1 WHERE amount = $2", {5, 1}), 2);
  EXPECT_EQ(*(*transaction)->Execute("UPDATE item SET amount = $1 WHERE amount = $2", {5, 1}), 0);
}

TEST_P(StoreContract, ReturningGivesTheRowsWritten) {
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  ASSERT_TRUE((*transaction)->Execute(kInsert, {std::string("a"), 1}).ok());
  const auto rows = (*transaction)->Query("UPDATE item SET amount = amount + 1 RETURNING amount");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].Int(0), 2);
}

TEST_P(StoreContract, AUniqueViolationIsAlreadyExistsAndSaysNothingOfTheDriver) {
  ASSERT_TRUE(Run(kInsert, {std::string("a"), 1}).ok());
  const absl::Status again = Run(kInsert, {std::string("a"), 2});
  EXPECT_TRUE(absl::IsAlreadyExists(again)) << again;
  EXPECT_EQ(DetailOf(again)->reason, "UNIQUE_VIOLATION");
  EXPECT_EQ(again.message().find("item"), absl::string_view::npos) << again;
}

TEST_P(StoreContract, OtherConstraintsAreFailedPrecondition) {
  ASSERT_TRUE(Run("CREATE TABLE child (parent TEXT NOT NULL REFERENCES item (id))").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Run("INSERT INTO child (parent) VALUES ($1)", {std::string("nobody")})));
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Run("INSERT INTO child (parent) VALUES ($1)", {std::monostate()})));
}

TEST_P(StoreContract, AfterAFailedStatementOnlyRollingBackIsLeft) {
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  ASSERT_TRUE((*transaction)->Execute(kInsert, {std::string("a"), 1}).ok());
  ASSERT_FALSE((*transaction)->Execute(kInsert, {std::string("a"), 1}).ok());
  EXPECT_TRUE(
      absl::IsFailedPrecondition((*transaction)->Execute(kInsert, {std::string("b"), 1}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition((*transaction)->Commit()));
  transaction->reset();
  EXPECT_EQ(Read(kCount)[0].Int(0), 0);
}

TEST_P(StoreContract, ACommittedTransactionIsOver) {
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  ASSERT_TRUE((*transaction)->Commit().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition((*transaction)->Query(kCount).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition((*transaction)->Commit()));
}

TEST_P(StoreContract, AReaderSeesTheMomentItBegan) {
  ASSERT_TRUE(Run(kInsert, {std::string("a"), 1}).ok());
  auto reader = store_->BeginRead();
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE(Run(kInsert, {std::string("b"), 1}).ok());
  EXPECT_EQ((*reader)->Query(kCount)->at(0).Int(0), 1);
  EXPECT_EQ(Read(kCount)[0].Int(0), 2);
}

TEST_P(StoreContract, AReaderDoesNotWaitForAWriter) {
  auto writer = store_->Begin();
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Execute(kInsert, {std::string("a"), 1}).ok());
  EXPECT_EQ(Read(kCount)[0].Int(0), 0);
  ASSERT_TRUE((*writer)->Commit().ok());
  EXPECT_EQ(Read(kCount)[0].Int(0), 1);
}

TEST_P(StoreContract, AReaderCannotWrite) {
  auto reader = store_->BeginRead();
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(
      absl::IsFailedPrecondition((*reader)->Execute(kInsert, {std::string("a"), 1}).status()));
}

TEST_P(StoreContract, ExecuteManyInsertsAndOnConflictUpdates) {
  constexpr char kUpsert[] =
      "INSERT INTO item (id, amount, body) VALUES ($1, $2, $3) "
      "ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, body = excluded.body";
  constexpr int kRows = 1'000;  // more than one multi-row statement of any engine
  for (const int64_t amount : {1, 2}) {
    std::vector<std::vector<Value>> rows;
    for (int i = 0; i < kRows; ++i) {
      rows.push_back({std::to_string(i), amount, Blob{std::string(i % 7, '\0')}});
    }
    auto transaction = store_->Begin();
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE((*transaction)->ExecuteMany(kUpsert, rows).ok());
    ASSERT_TRUE((*transaction)->Commit().ok());
  }
  const Rows sums = Read("SELECT COUNT(*), CAST(SUM(amount) AS BIGINT) FROM item");
  EXPECT_EQ(sums[0].Int(0), kRows);
  EXPECT_EQ(sums[0].Int(1), 2 * kRows);
  EXPECT_EQ(Read("SELECT body FROM item WHERE id = $1", {std::string("6")})[0].Bytes(0),
            std::string(6, '\0'));
}

TEST_P(StoreContract, ExecuteManyThatFailsLeavesNothing) {
  const std::vector<std::vector<Value>> rows = {
      {std::string("a"), 1}, {std::string("b"), 1}, {std::string("a"), 1}};
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  EXPECT_TRUE(absl::IsAlreadyExists((*transaction)->ExecuteMany(kInsert, rows)));
  transaction->reset();
  EXPECT_EQ(Read(kCount)[0].Int(0), 0);
}

TEST_P(StoreContract, ExecuteManyTreatsRepeatedKeysAsIfTheRowsCameSingly) {
  constexpr char kAdd[] =
      "INSERT INTO item (id, amount) VALUES ($1, $2) "
      "ON CONFLICT (id) DO UPDATE SET amount = item.amount * 10 + excluded.amount";
  constexpr char kKeep[] =
      "INSERT INTO item (id, amount) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
  const std::vector<std::vector<Value>> rows = {{std::string("a"), 1}, {std::string("b"), 2},
                                                {std::string("a"), 3}, {std::string("a"), 4},
                                                {std::string("b"), 5}, {std::string("c"), 6}};
  auto transaction = store_->Begin();
  ASSERT_TRUE((*transaction)->ExecuteMany(kAdd, rows).ok());
  const auto added = (*transaction)->Query("SELECT amount FROM item ORDER BY id");
  ASSERT_TRUE(added.ok());
  std::vector<int64_t> amounts;
  for (const Row& row : *added) amounts.push_back(row.Int(0));
  EXPECT_THAT(amounts, ElementsAre(134, 25, 6));
  ASSERT_TRUE((*transaction)->Execute("DELETE FROM item").ok());
  ASSERT_TRUE((*transaction)->ExecuteMany(kKeep, rows).ok());
  EXPECT_EQ((*transaction)->Query("SELECT CAST(SUM(amount) AS BIGINT) FROM item")->at(0).Int(0),
            1 + 2 + 6);
}

TEST_P(StoreContract, ExecuteManyKeepsNullsLiteralsAndRepeatedPlaceholders) {
  constexpr char kSql[] =
      "INSERT INTO item (id, label, amount, body) VALUES ($1, $1, 7, $2) "
      "ON CONFLICT (id) DO UPDATE SET body = excluded.body";
  auto transaction = store_->Begin();
  // A column of nothing but NULL says nothing of its type.
  ASSERT_TRUE((*transaction)
                  ->ExecuteMany(kSql, {{{std::string("a"), Null()}, {std::string("b"), Null()}}})
                  .ok());
  ASSERT_TRUE((*transaction)
                  ->ExecuteMany(kSql, {{{std::string("b"), Blob{"bytes"}},
                                        {std::string("c"), Null()},
                                        {std::string("d"), Blob{""}}}})
                  .ok());
  const auto rows = (*transaction)->Query("SELECT label, amount, body FROM item ORDER BY id");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 4u);
  EXPECT_EQ((*rows)[3].Text(0), "d");
  EXPECT_EQ((*rows)[3].Int(1), 7);
  EXPECT_TRUE((*rows)[0].IsNull(2));
  EXPECT_EQ((*rows)[1].Bytes(2), "bytes");
  EXPECT_TRUE((*rows)[2].IsNull(2));
  EXPECT_EQ((*rows)[3].Bytes(2), "");
}

TEST_P(StoreContract, ExecuteManyTakesLargeRowsAndFormsItCannotTakeApart) {
  auto transaction = store_->Begin();
  std::vector<std::vector<Value>> large;
  for (int i = 0; i < 9; ++i) {
    large.push_back({std::to_string(i), Blob{std::string(1 << 20, static_cast<char>(i))}});
  }
  ASSERT_TRUE(
      (*transaction)->ExecuteMany("INSERT INTO item (id, body) VALUES ($1, $2)", large).ok());
  ASSERT_TRUE((*transaction)
                  ->ExecuteMany("INSERT INTO item (id, amount) VALUES ($1, $2 + 1)",
                                {{{std::string("x"), 1}, {std::string("y"), 2}}})
                  .ok());
  const std::vector<std::vector<Value>> amounts = {{8}, {9}};
  ASSERT_TRUE((*transaction)->ExecuteMany("UPDATE item SET amount = $1", amounts).ok());
  ASSERT_TRUE((*transaction)->ExecuteMany(kInsert, {}).ok());
  ASSERT_TRUE((*transaction)->Commit().ok());
  const Rows rows = Read("SELECT amount, body FROM item ORDER BY id");
  ASSERT_EQ(rows.size(), 11u);
  EXPECT_EQ(rows[8].Bytes(1), std::string(1 << 20, '\x08'));
  EXPECT_EQ(rows[10].Int(0), 9);
}

TEST_P(StoreContract, AnEmptyColumnMayBeFilledLaterByTheSameStatement) {
  constexpr char kSql[] = "INSERT INTO item (id, amount, body, label) VALUES ($1, $2, $3, $4)";
  ASSERT_TRUE(Run(kSql, {std::string("a"), Null(), Null(), Null()}).ok());
  ASSERT_TRUE(Run(kSql, {std::string("b"), 2, Blob{"b"}, std::string("b")}).ok());
  ASSERT_TRUE(Run(kSql, {std::string("c"), Null(), Blob{"c"}, Null()}).ok());
  EXPECT_EQ(Read("SELECT COUNT(*) FROM item WHERE body IS NOT NULL")[0].Int(0), 2);
}

TEST_P(StoreContract, NumbersBeyond32BitsFitWhereverTheyStand) {
  constexpr int64_t kLarge = int64_t{1} << 40;
  ASSERT_TRUE(Run(kInsert, {std::string("a"), 1}).ok());
  const Rows rows =
      Read("SELECT amount + $1, $1 - 5 FROM item WHERE amount < $1 LIMIT $1", {kLarge});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].Int(0), kLarge + 1);
  EXPECT_EQ(rows[0].Int(1), kLarge - 5);
}

TEST_P(StoreContract, TextIsOrderedByItsBytes) {
  for (const char* id : {"b", "B", "a b", "aa", "é", "z", "-", "客"}) {
    ASSERT_TRUE(Run(kInsert, {std::string(id), 1}).ok());
  }
  std::vector<std::string> ids;
  for (const Row& row : Read("SELECT id FROM item ORDER BY id")) ids.push_back(row.Text(0));
  EXPECT_THAT(ids, ElementsAre("-", "B", "a b", "aa", "b", "z", "é", "客"));
}

TEST_P(StoreContract, BytesAreOrderedAsUnsignedNumbers) {
  for (const char* id : {"\x01", "\x7f", "\x80", "\xff"}) {
    ASSERT_TRUE(Run("INSERT INTO item (id, body) VALUES ($1, $2)",
                    {std::to_string(static_cast<unsigned char>(id[0])), Blob{id}})
                    .ok());
  }
  EXPECT_EQ(Read("SELECT COUNT(*) FROM item WHERE body > $1 AND body <= $2",
                 {Blob{"\x7f"}, Blob{"\xff\x01"}})[0]
                .Int(0),
            2);
}

TEST_P(StoreContract, MoreStatementsThanAreKeptPreparedStillWork) {
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  for (int round = 0; round < 2; ++round) {
    for (int64_t i = 0; i < 300; ++i) {
      const auto rows = (*transaction)->Query("SELECT " + std::to_string(i));
      ASSERT_TRUE(rows.ok()) << rows.status();
      EXPECT_EQ((*rows)[0].Int(0), i);
    }
  }
}

TEST_P(StoreContract, WritersOfTwoProcessesWaitForEachOtherAndLoseNoUpdate) {
  ASSERT_TRUE(Run(kInsert, {std::string("counter"), 0}).ok());
  constexpr int kIncrements = 100;
  const auto increment = [](Store* store) {
    for (int i = 0; i < kIncrements; ++i) {
      auto transaction = store->Begin();
      ASSERT_TRUE(transaction.ok()) << transaction.status();
      const auto rows = (*transaction)
                            ->Query(absl::string_view(std::string("SELECT amount FROM item "
                                                                  "WHERE id = $1") +
                                                      std::string(store->ForUpdate())),
                                    {std::string("counter")});
      ASSERT_TRUE(rows.ok()) << rows.status();
      ASSERT_TRUE((*transaction)
                      ->Execute("UPDATE item SET amount = $1 WHERE id = $2",
                                {rows->at(0).Int(0) + 1, std::string("counter")})
                      .ok());
      const absl::Status committed = (*transaction)->Commit();
      ASSERT_TRUE(committed.ok()) << committed;
    }
  };
  const std::unique_ptr<Store> other = database_.Open();
  std::vector<std::thread> threads;
  for (Store* store : {store_.get(), store_.get(), other.get()}) {
    threads.emplace_back(increment, store);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Read("SELECT amount FROM item")[0].Int(0), 3 * kIncrements);
}

TEST_P(StoreContract, WhatWasCommittedIsThereForTheNextProcess) {
  ASSERT_TRUE(Run(kInsert, {std::string("a"), 1}).ok());
  store_ = nullptr;
  store_ = database_.Open();
  EXPECT_EQ(Read(kCount)[0].Int(0), 1);
}

TEST_P(StoreContract, MigrationsApplyOnceInTheOrderOfTheirNames) {
  const std::vector<Migration> migrations = {
      {"t/0002",
       "INSERT INTO log (line) VALUES ('two; not an end'); -- a comment; too\n"
       "INSERT INTO log (line) VALUES ('three');"},
      {"t/0001", "CREATE TABLE log (line TEXT); INSERT INTO log (line) VALUES ('one')"}};
  ASSERT_TRUE(Migrate(*store_, migrations).ok());
  ASSERT_TRUE(Migrate(*store_, migrations).ok());
  std::vector<std::string> lines;
  for (const Row& row : Read("SELECT line FROM log ORDER BY line")) lines.push_back(row.Text(0));
  EXPECT_THAT(lines, ElementsAre("one", "three", "two; not an end"));
}

TEST_P(StoreContract, AMigrationWhoseTextChangedIsRefused) {
  ASSERT_TRUE(Migrate(*store_, std::vector<Migration>{{"t/1", "CREATE TABLE a (x BIGINT)"}}).ok());
  const absl::Status changed =
      Migrate(*store_, std::vector<Migration>{{"t/1", "CREATE TABLE a (x TEXT)"}});
  ASSERT_TRUE(absl::IsFailedPrecondition(changed)) << changed;
  EXPECT_EQ(DetailOf(changed)->reason, "MIGRATION_CHANGED");
}

TEST_P(StoreContract, AMigrationThatFailsLeavesNothingAndMayBeMended) {
  const std::vector<Migration> broken = {{"t/1", "CREATE TABLE a (x BIGINT); SELECT * FROM b"}};
  EXPECT_FALSE(Migrate(*store_, broken).ok());
  const std::vector<Migration> mended = {{"t/1", "CREATE TABLE a (x BIGINT)"}};
  EXPECT_TRUE(Migrate(*store_, mended).ok());
}

TEST_P(StoreContract, ReplicasThatMigrateAtTheSameTimeApplyEachOnce) {
  const std::vector<Migration> migrations = {{"t/1", "CREATE TABLE log (line TEXT)"},
                                             {"t/2", "INSERT INTO log (line) VALUES ('once')"}};
  absl::Notification start;
  std::vector<std::unique_ptr<Store>> stores;
  std::vector<std::thread> threads;
  std::vector<absl::Status> results(4);
  for (absl::Status& result : results) {
    stores.push_back(database_.Open());
    threads.emplace_back([&start, &migrations, &result, store = stores.back().get()] {
      start.WaitForNotification();
      result = Migrate(*store, migrations);
    });
  }
  start.Notify();
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(Read("SELECT COUNT(*) FROM log")[0].Int(0), 1);
}

}  // namespace
}  // namespace bellwether::store
