// What becomes of callers while a real PostgreSQL server is stopped, killed, frozen, or loses their
// connection in the middle of something.
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/store/run_transaction.h"
#include "common/store/store.h"
#include "common/store/testing/postgres_server.h"
#include "common/stream/committer.h"
#include "common/stream/testing/scripted_fold.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"

namespace bellwether::store::postgres_faults_test {
namespace {

using ::bellwether::testing::Await;
using testing::PostgresServer;

constexpr char kInsert[] = "INSERT INTO item (id) VALUES ($1)";

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class PostgresFaults : public ::testing::Test {
 protected:
  static std::unique_ptr<Store> Open(const std::string& url) {
    auto store = OpenStore(url, "test");
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  PostgresFaults()
      : server_(PostgresServer::Shared()),
        url_(server_.NewSchema("connect-timeout=2s&lock-timeout=300ms&statement-timeout=500ms")),
        store_(Open(url_)) {
    EXPECT_TRUE(
        Migrate(*store_, std::vector<Migration>{{"1", "CREATE TABLE item (id BIGINT PRIMARY KEY)"}})
            .ok());
  }

  // The role and the schema of this test.
  std::string role() const { return url_.substr(11, url_.find('@') - 11); }

  absl::Status Insert(int64_t id) {
    return RunTransaction(*store_, [&](Transaction& transaction) {
      return transaction.Execute(kInsert, {id}).status();
    });
  }
  bool Has(int64_t id) {
    const auto transaction = store_->BeginRead();
    EXPECT_TRUE(transaction.ok()) << transaction.status();
    return !(*transaction)->Query("SELECT id FROM item WHERE id = $1", {id})->empty();
  }

  // Whether a session of this test's role does what `where` says.
  bool IsSeen(const std::string& where) {
    return !server_
                .Query(absl::StrCat("SELECT pid FROM pg_stat_activity WHERE usename = '", role(),
                                    "' AND ", where))
                .empty();
  }

  // From here on the COMMIT of a transaction that wrote into `item` takes forever, before anything
  // of it is committed.
  void HoldCommitsBefore() {
    MakeTrigger("CONSTRAINT TRIGGER", "DEFERRABLE INITIALLY DEFERRED", "pg_sleep(3600)");
  }
  static constexpr char kHeldBefore[] = "query = 'COMMIT' AND wait_event = 'PgSleep'";

  // The same, after it is on disk: it waits for a standby that never comes.
  void HoldCommitsAfter() {
    server_.Configure("synchronous_standby_names = 'nobody'\nsynchronous_commit = local\n");
    MakeTrigger("TRIGGER", "", "set_config('synchronous_commit', 'on', true)");
  }
  static constexpr char kHeldAfter[] = "query = 'COMMIT' AND wait_event = 'SyncRep'";

  void MakeTrigger(const char* kind, const char* when, const char* action) {
    const std::string schema = role();
    server_.Query(absl::StrCat("CREATE FUNCTION ", schema,
                               ".hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM ",
                               action, "; RETURN NULL; END $$"));
    server_.Query(absl::StrCat("CREATE ", kind, " hold AFTER INSERT ON ", schema, ".item ", when,
                               " FOR EACH ROW EXECUTE FUNCTION ", schema, ".hold()"));
  }

  PostgresServer& server_;
  const std::string url_;
  std::unique_ptr<Store> store_;
};

TEST_F(PostgresFaults, ConnectionsThatBrokeWhileIdleAreReplacedUnseen) {
  ASSERT_TRUE(Insert(1).ok());
  EXPECT_GE(server_.EndSessions(absl::StrCat("usename = '", role(), "'")), 1);
  EXPECT_TRUE(Insert(2).ok());
  server_.Stop();
  server_.Start();
  EXPECT_TRUE(Insert(3).ok());
  server_.Kill();
  server_.Start();
  EXPECT_TRUE(Insert(4).ok());
  for (int64_t id = 1; id <= 4; ++id) EXPECT_TRUE(Has(id)) << id;
}

TEST_F(PostgresFaults, ASessionThatEndsInATransactionLeavesNothing) {
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  ASSERT_TRUE((*transaction)->Execute(kInsert, {1}).ok());
  ASSERT_EQ(server_.EndSessions(absl::StrCat("usename = '", role(), "'")), 1);
  EXPECT_TRUE(absl::IsUnavailable((*transaction)->Execute(kInsert, {2}).status()));
  EXPECT_EQ(ReasonOf((*transaction)->Commit()), "TRANSACTION_OVER");
  transaction->reset();
  EXPECT_FALSE(Has(1));
  EXPECT_TRUE(Insert(1).ok());
}

TEST_F(PostgresFaults, WhileTheServerIsAwayEveryCallFailsAtOnce) {
  server_.Stop();
  constexpr int kCallers = 16, kCallsEach = 20;
  std::atomic<int> refused = 0;
  const absl::Time begin = absl::Now();
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < kCallsEach; ++call) {
        if (absl::IsUnavailable(store_->Begin().status())) ++refused;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(refused, kCallers * kCallsEach);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(ReasonOf(store_->BeginRead().status()), "STORE_UNAVAILABLE");
  EXPECT_TRUE(absl::IsUnavailable(OpenStore(url_, "test").status()));
  server_.Start();
  EXPECT_TRUE(Await([&] { return Insert(1).ok(); }));
}

TEST_F(PostgresFaults, AServerThatStandsStillIsAwayToo) {
  auto open = store_->Begin();
  ASSERT_TRUE(open.ok());
  server_.Suspend();
  const absl::Time begin = absl::Now();
  EXPECT_TRUE(absl::IsUnavailable((*open)->Execute(kInsert, {1}).status()));
  EXPECT_TRUE(absl::IsUnavailable(store_->Begin().status())) << "a fresh connection hangs, too";
  EXPECT_LT(absl::Now() - begin, absl::Seconds(15));
  const absl::Time again = absl::Now();
  EXPECT_TRUE(absl::IsUnavailable(store_->Begin().status()));
  EXPECT_LT(absl::Now() - again, absl::Seconds(3));
  server_.Resume();
  open->reset();
  EXPECT_TRUE(Await([&] { return Insert(1).ok(); }));
}

TEST_F(PostgresFaults, AStatementThatTakesTooLongIsCutOff) {
  const auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  const absl::Status slow = (*transaction)->Execute("SELECT pg_sleep(60)").status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(slow)) << slow;
  EXPECT_EQ(ReasonOf(slow), "STORE_TIMEOUT");
}

TEST_F(PostgresFaults, WaitingForARowEndsAfterTheLockTimeout) {
  ASSERT_TRUE(Insert(1).ok());
  const auto holder = store_->Begin();
  const auto waiter = store_->Begin();
  constexpr char kLock[] = "SELECT id FROM item WHERE id = 1 FOR UPDATE";
  ASSERT_TRUE((*holder)->Query(kLock).ok());
  const absl::Status waited = (*waiter)->Query(kLock).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(waited)) << waited;
  EXPECT_EQ(ReasonOf(waited), "STORE_BUSY");
}

TEST_F(PostgresFaults, AZombieKeepsItsLocksOnlyForTheIdleTimeout) {
  ASSERT_TRUE(Insert(1).ok());
  const auto zombies = Open(url_ + "&idle-timeout=200ms");
  const auto zombie = zombies->Begin();
  constexpr char kLock[] = "UPDATE item SET id = id WHERE id = 1";
  ASSERT_TRUE((*zombie)->Execute(kLock).ok());
  EXPECT_TRUE(Await([&] {
    const auto other = store_->Begin();
    return (*other)->Execute(kLock).ok();
  }));
  EXPECT_TRUE(absl::IsUnavailable((*zombie)->Execute(kLock).status()));
}

TEST_F(PostgresFaults, OfTwoThatWaitForEachOtherOneGivesWayAndIsRunAgain) {
  const auto patient = Open(url_ + "&lock-timeout=20s&statement-timeout=20s");
  ASSERT_TRUE(Insert(1).ok());
  ASSERT_TRUE(Insert(2).ok());
  constexpr char kLock[] = "SELECT id FROM item WHERE id = $1 FOR UPDATE";
  std::atomic<int> holding = 0, runs = 0;
  const auto lock_both = [&](int64_t first, int64_t second) {
    bool once = true;
    return RunTransaction(*patient, [&](Transaction& transaction) -> absl::Status {
      ++runs;
      RETURN_IF_ERROR(transaction.Query(kLock, {first}).status());
      if (std::exchange(once, false)) ++holding;
      while (holding < 2) std::this_thread::yield();
      return transaction.Query(kLock, {second}).status();
    });
  };
  absl::Status other;
  std::thread thread([&] { other = lock_both(2, 1); });
  const absl::Status one = lock_both(1, 2);
  thread.join();
  EXPECT_TRUE(one.ok()) << one;
  EXPECT_TRUE(other.ok()) << other;
  EXPECT_GE(runs, 3);
}

TEST_F(PostgresFaults, ACommitCutOffBeforeItHappenedIsUnknownAndDidNotHappen) {
  const auto store = Open(url_ + "&statement-timeout=20s");
  HoldCommitsBefore();
  auto transaction = store->Begin();
  ASSERT_TRUE((*transaction)->Execute(kInsert, {1}).ok());
  absl::Status committed;
  std::thread thread([&] { committed = (*transaction)->Commit(); });
  EXPECT_TRUE(Await([&] { return IsSeen(kHeldBefore); }));
  EXPECT_EQ(server_.EndSessions(kHeldBefore), 1);
  thread.join();
  EXPECT_TRUE(absl::IsUnknown(committed)) << committed;
  EXPECT_EQ(ReasonOf(committed), "COMMIT_UNKNOWN");
  EXPECT_FALSE(Has(1));
}

TEST_F(PostgresFaults, ACommitCutOffAfterItHappenedIsUnknownAndHappened) {
  const auto store = Open(url_ + "&statement-timeout=20s");
  HoldCommitsAfter();
  auto transaction = store->Begin();
  ASSERT_TRUE((*transaction)->Execute(kInsert, {1}).ok());
  absl::Status committed;
  std::thread thread([&] { committed = (*transaction)->Commit(); });
  EXPECT_TRUE(Await([&] { return IsSeen(kHeldAfter); }));
  EXPECT_EQ(server_.EndSessions(kHeldAfter), 1);
  thread.join();
  EXPECT_TRUE(absl::IsUnknown(committed)) << committed;
  EXPECT_TRUE(Has(1));
  server_.Configure("");
}

TEST_F(PostgresFaults, AServerKilledDuringACommitLeavesItUnknown) {
  const auto store = Open(url_ + "&statement-timeout=20s");
  HoldCommitsAfter();
  auto transaction = store->Begin();
  ASSERT_TRUE((*transaction)->Execute(kInsert, {1}).ok());
  absl::Status committed;
  std::thread thread([&] { committed = (*transaction)->Commit(); });
  EXPECT_TRUE(Await([&] { return IsSeen(kHeldAfter); }));
  server_.Kill();
  thread.join();
  EXPECT_TRUE(absl::IsUnknown(committed)) << committed;
  server_.Start();
  server_.Configure("");
  EXPECT_TRUE(Has(1)) << "its record was on disk before the kill";
}

TEST_F(PostgresFaults, ACommitThatIsNeverAnsweredIsUnknown) {
  auto transaction = store_->Begin();
  ASSERT_TRUE((*transaction)->Execute(kInsert, {1}).ok());
  server_.Suspend();
  const absl::Status committed = (*transaction)->Commit();
  server_.Resume();
  EXPECT_TRUE(absl::IsUnknown(committed)) << committed;
}

TEST_F(PostgresFaults, ADeferredConstraintThatFailsAtTheCommitIsADefiniteNo) {
  ASSERT_TRUE(RunTransaction(*store_, [](Transaction& transaction) {
                return transaction
                    .Execute(
                        "CREATE TABLE child (id BIGINT REFERENCES item (id) "
                        "DEFERRABLE INITIALLY DEFERRED)")
                    .status();
              }).ok());
  const absl::Status refused = RunTransaction(*store_, [](Transaction& transaction) {
    return transaction.Execute("INSERT INTO child (id) VALUES (7)").status();
  });
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
}

// ---- the fencing protocol of the checkpoints, on commits whose answer is lost -------------------

class PostgresFencing : public PostgresFaults {
 protected:
  PostgresFencing() {
    store_ = Open(url_ + "&statement-timeout=20s");
    EXPECT_TRUE(stream::CreateTables(*store_).ok());
  }

  stream::OffsetsRow Take(const std::string& commit_id) { return Take(*store_, commit_id); }
  stream::OffsetsRow Take(Store& store, const std::string& commit_id) {
    stream::OffsetsTable::TakeRequest request;
    request.log_id = "log";
    request.range = {0, 1'000};
    request.commit_id = commit_id;
    stream::testing::FoldScript script;
    stream::testing::ScriptedFold fold(script);
    auto row = offsets_.Take(store, request, fold);
    EXPECT_TRUE(row.ok()) << row.status();
    return row.ok() ? *row : stream::OffsetsRow();
  }

  // A checkpoint from `from` to offset 10 that writes item 1.
  stream::Checkpoint Checkpoint(const stream::OffsetsRow& from) {
    stream::Checkpoint checkpoint;
    checkpoint.expected = checkpoint.next = from;
    checkpoint.next.next_offset = 10;
    checkpoint.rows = [](Transaction& transaction) {
      return transaction.Execute(kInsert, {1}).status();
    };
    checkpoint.ledger = std::make_shared<stream::DeliveryLedger>(8, bell_);
    return checkpoint;
  }

  // Has a committer commit a checkpoint, runs `meanwhile` while its COMMIT is held, and returns
  // what it made of it.
  template <typename Meanwhile>
  stream::CommitOutcome CommitWhile(const char* held, Meanwhile meanwhile) {
    stream::Committer committer({"test", "member", nullptr}, *store_, Clock::System(), bell_);
    committer.Submit(Checkpoint(Take("take")));
    committer.Start();
    EXPECT_TRUE(Await([&] { return IsSeen(held); }));
    meanwhile();
    std::vector<stream::CommitOutcome> outcomes;
    EXPECT_TRUE(Await([&] {
      outcomes = committer.TakeOutcomes();
      return !outcomes.empty();
    }));
    committer.Stop();
    return outcomes.empty() ? stream::CommitOutcome() : outcomes[0];
  }

  stream::OffsetsRow Row() {
    return offsets_.Read(*store_, **store_->BeginRead(), 0, false)->value();
  }

  const stream::OffsetsTable offsets_{"test"};
  const std::shared_ptr<stream::Bell> bell_ = std::make_shared<stream::Bell>();
};

TEST_F(PostgresFencing, TheCommitIdShowsThatAnUnansweredCheckpointHappened) {
  HoldCommitsAfter();
  const stream::CommitOutcome outcome =
      CommitWhile(kHeldAfter, [&] { EXPECT_EQ(server_.EndSessions(kHeldAfter), 1); });
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(Row().next_offset, 10);
  EXPECT_EQ(Row().commit_id, "member-1");
  EXPECT_TRUE(Has(1));
  server_.Configure("");
}

TEST_F(PostgresFencing, TheCommitIdShowsThatAnUnansweredCheckpointDidNotHappen) {
  HoldCommitsBefore();
  const stream::CommitOutcome outcome =
      CommitWhile(kHeldBefore, [&] { EXPECT_EQ(server_.EndSessions(kHeldBefore), 1); });
  EXPECT_TRUE(absl::IsUnknown(outcome.status)) << outcome.status;
  EXPECT_FALSE(outcome.fenced);
  EXPECT_EQ(Row().next_offset, 0);
  EXPECT_EQ(Row().commit_id, "take");
  EXPECT_FALSE(Has(1));
}

TEST_F(PostgresFencing, ACheckpointIsSettledAfterTheServerWasKilledInItsCommit) {
  HoldCommitsAfter();
  const stream::CommitOutcome outcome = CommitWhile(kHeldAfter, [&] {
    server_.Kill();
    server_.Start();
  });
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(Row().next_offset, 10);
  EXPECT_TRUE(Has(1));
  server_.Configure("");
}

TEST_F(PostgresFencing, ACheckpointThatWasCutOffIsFencedByWhoTookThePartitionMeanwhile) {
  HoldCommitsBefore();
  const auto other = Open(url_ + "&lock-timeout=20s&statement-timeout=20s");
  std::thread taker;
  stream::OffsetsRow taken;
  const stream::CommitOutcome outcome = CommitWhile(kHeldBefore, [&] {
    // It waits for the row that the checkpoint holds, and is first in line when that is cut off.
    taker = std::thread([&] { taken = Take(*other, "other"); });
    EXPECT_TRUE(Await([&] { return IsSeen("wait_event_type = 'Lock'"); }));
    EXPECT_EQ(server_.EndSessions(kHeldBefore), 1);
  });
  taker.join();
  EXPECT_TRUE(outcome.fenced) << outcome.status;
  EXPECT_EQ(taken.epoch, 2);
  EXPECT_EQ(taken.next_offset, 0);
  EXPECT_EQ(Row(), taken);
  EXPECT_FALSE(Has(1));
}

TEST_F(PostgresFencing, ATakingWaitsForTheCheckpointUnderWayAndStartsBehindIt) {
  HoldCommitsAfter();
  const auto other = Open(url_ + "&lock-timeout=20s&statement-timeout=20s");
  std::thread taker;
  stream::OffsetsRow taken;
  const stream::CommitOutcome outcome = CommitWhile(kHeldAfter, [&] {
    taker = std::thread([&] { taken = Take(*other, "other"); });
    EXPECT_TRUE(Await([&] { return IsSeen("wait_event_type = 'Lock'"); }));
    server_.Configure("");  // the standby is no longer waited for
  });
  taker.join();
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(taken.epoch, 2);
  EXPECT_EQ(taken.next_offset, 10);
}

}  // namespace
}  // namespace bellwether::store::postgres_faults_test
