#include "common/store/run_transaction.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::store::run_transaction_test {
namespace {

class RunTransactionTest : public ::testing::Test {
 protected:
  RunTransactionTest() : store_(*OpenStore("sqlite::memory:", "test")) {
    EXPECT_TRUE(
        Migrate(*store_, std::vector<Migration>{{"1", "CREATE TABLE t (x BIGINT PRIMARY KEY)"}})
            .ok());
  }

  static absl::Status Insert(Transaction& transaction, int64_t x) {
    return transaction.Execute("INSERT INTO t (x) VALUES ($1)", {x}).status();
  }
  int64_t Count() { return (*store_->BeginRead())->Query("SELECT COUNT(*) FROM t")->at(0).Int(0); }

  const std::unique_ptr<Store> store_;
};

TEST_F(RunTransactionTest, CommitsWhatTheWorkWrote) {
  EXPECT_TRUE(RunTransaction(*store_, [](Transaction& transaction) {
                return Insert(transaction, 1);
              }).ok());
  EXPECT_EQ(Count(), 1);
}

TEST_F(RunTransactionTest, BeginsAgainAfterAConflictAndForgetsTheFailedAttempt) {
  int attempts = 0;
  const absl::Status status = RunTransaction(*store_, [&](Transaction& transaction) {
    const absl::Status inserted = Insert(transaction, ++attempts);
    return attempts < 3 ? ConflictIfExists(absl::AlreadyExistsError("")) : inserted;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(attempts, 3);
  EXPECT_EQ(Count(), 1);
}

TEST_F(RunTransactionTest, GivesUpAfterSomeConflicts) {
  int attempts = 0;
  const absl::Status status = RunTransaction(*store_, [&](Transaction&) {
    ++attempts;
    return ConflictIfExists(absl::AlreadyExistsError(""));
  });
  EXPECT_TRUE(IsConflict(status)) << status;
  EXPECT_EQ(attempts, kConflictAttemptsMax);
}

TEST_F(RunTransactionTest, DoesNotRepeatWhatFailedForAnotherReason) {
  for (const absl::Status& failure :
       {absl::UnavailableError("away"), absl::AbortedError("an etag, for instance"),
        Error(absl::StatusCode::kAborted, {"LEASE_LOST"}, "")}) {
    int attempts = 0;
    EXPECT_EQ(RunTransaction(*store_,
                             [&](Transaction&) {
                               ++attempts;
                               return failure;
                             }),
              failure);
    EXPECT_EQ(attempts, 1);
  }
}

TEST(ConflictIfExists, LeavesOtherStatusesAlone) {
  EXPECT_TRUE(ConflictIfExists(absl::OkStatus()).ok());
  EXPECT_TRUE(absl::IsInternal(ConflictIfExists(absl::InternalError(""))));
  EXPECT_TRUE(IsConflict(ConflictIfExists(absl::AlreadyExistsError(""))));
}

}  // namespace
}  // namespace bellwether::store::run_transaction_test
