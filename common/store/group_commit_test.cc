#include "common/store/group_commit.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::store::group_commit_test {
namespace {

// Counts transactions, to see how many trips to the disk were made.
class CountingStore final : public Store {
 public:
  explicit CountingStore(Store& store) : store_(store) {}
  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override {
    ++begun;
    if (away) return absl::UnavailableError("away");
    return store_.Begin();
  }
  absl::StatusOr<std::unique_ptr<Transaction>> BeginRead() override { return store_.BeginRead(); }
  absl::string_view ForUpdate() const override { return store_.ForUpdate(); }

  std::atomic<int> begun = 0;
  std::atomic<bool> away = false;

 private:
  Store& store_;
};

class GroupCommitTest : public ::testing::Test {
 protected:
  GroupCommitTest() : scratch_(*OpenStore("sqlite::memory:", "test")), counting_(*scratch_) {
    EXPECT_TRUE(
        Migrate(*scratch_, std::vector<Migration>{{"1", "CREATE TABLE t (x BIGINT PRIMARY KEY)"}})
            .ok());
  }

  static absl::Status Insert(Transaction& transaction, int64_t x) {
    return transaction.Execute("INSERT INTO t (x) VALUES ($1)", {x}).status();
  }

  int64_t Count() {
    return (*scratch_->BeginRead())->Query("SELECT COUNT(*) FROM t")->at(0).Int(0);
  }

  // Runs Insert(x) for each x on a thread of its own, all of them waiting while a first work holds
  // the lead, and returns their outcomes.
  std::vector<absl::Status> InsertWhileLed(const std::vector<int64_t>& xs) {
    absl::Notification leading;
    absl::Notification go_on;
    std::thread leader([&] {
      EXPECT_TRUE(group_
                      .Run([&](Transaction&) {
                        leading.Notify();
                        go_on.WaitForNotification();
                        counting_.away = away_after_leader_;
                        return absl::OkStatus();
                      })
                      .ok());
    });
    leading.WaitForNotification();
    std::vector<absl::Status> outcomes(xs.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < xs.size(); ++i) {
      threads.emplace_back([&, i] {
        outcomes[i] =
            group_.Run([&](Transaction& transaction) { return Insert(transaction, xs[i]); });
      });
    }
    while (group_.waiting() < xs.size()) std::this_thread::yield();
    go_on.Notify();
    leader.join();
    for (std::thread& thread : threads) thread.join();
    return outcomes;
  }

  bool away_after_leader_ = false;
  std::unique_ptr<Store> scratch_;
  CountingStore counting_;
  GroupCommit group_{counting_};
};

TEST_F(GroupCommitTest, CommitsASingleWork) {
  EXPECT_TRUE(group_.Run([](Transaction& transaction) { return Insert(transaction, 1); }).ok());
  EXPECT_EQ(Count(), 1);
}

TEST_F(GroupCommitTest, WorksThatWaitTogetherShareOneTransaction) {
  for (const absl::Status& outcome : InsertWhileLed({1, 2, 3, 4, 5, 6, 7, 8})) {
    EXPECT_TRUE(outcome.ok()) << outcome;
  }
  EXPECT_EQ(Count(), 8);
  EXPECT_EQ(counting_.begun, 2) << "the leader's and that of the eight";
}

TEST_F(GroupCommitTest, AWorkThatFailsDoesNotTakeTheOthersWithIt) {
  const std::vector<absl::Status> outcomes = InsertWhileLed({1, 2, 2, 3});
  int failed = 0;
  for (const absl::Status& outcome : outcomes) failed += absl::IsAlreadyExists(outcome) ? 1 : 0;
  EXPECT_EQ(failed, 1);
  EXPECT_TRUE(outcomes[0].ok());
  EXPECT_TRUE(outcomes[3].ok());
  EXPECT_EQ(Count(), 3);
}

TEST_F(GroupCommitTest, AStoreThatIsAwayIsAskedOnceForTheWholeGroup) {
  away_after_leader_ = true;
  for (const absl::Status& outcome : InsertWhileLed({1, 2, 3})) {
    EXPECT_TRUE(absl::IsUnavailable(outcome)) << outcome;
  }
  EXPECT_EQ(counting_.begun, 2);
}

}  // namespace
}  // namespace bellwether::store::group_commit_test
