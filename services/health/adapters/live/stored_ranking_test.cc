#include "services/health/adapters/live/stored_ranking.h"

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/testing/fold_rig.h"
#include "services/health/testing/models.h"

namespace bellwether::health::stored_ranking_test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Whose next snapshot can be held up.
class SlowStore final : public store::Store {
 public:
  explicit SlowStore(store::Store& real) : real_(real) {}

  // The next reader says that it has come and goes on when it is let.
  void HoldNextReader() {
    absl::MutexLock lock(&mutex_);
    holds_ = true;
  }
  absl::Notification reader_came;
  absl::Notification reader_goes_on;

  absl::StatusOr<std::unique_ptr<store::Transaction>> Begin() override { return real_.Begin(); }
  absl::StatusOr<std::unique_ptr<store::Transaction>> BeginRead() override {
    bool held = false;
    {
      absl::MutexLock lock(&mutex_);
      std::swap(held, holds_);
    }
    if (held) {
      reader_came.Notify();
      reader_goes_on.WaitForNotification();
    }
    return real_.BeginRead();
  }
  absl::string_view ForUpdate() const override { return real_.ForUpdate(); }

 private:
  store::Store& real_;
  absl::Mutex mutex_;
  bool holds_ ABSL_GUARDED_BY(mutex_) = false;
};

class StoredRankingTest : public ::testing::Test {
 protected:
  StoredRankingTest() {
    rig_.SendActivation(SmallActivation("m"), FoldRig::Noon());
    for (const char* account : {"acme", "bolt", "corp", "dyne"}) {
      rig_.SendOrder(account, "o1", FoldRig::Noon(), 1'000);
    }
    rig_.Drain();
    rig_.Stop();
  }

  absl::StatusOr<std::vector<std::string>> Lowest(StoredRanking& ranking) {
    ASSIGN_OR_RETURN(const auto places, ranking.Lowest(std::string(kRankingAll), 10, std::nullopt));
    std::vector<std::string> accounts;
    for (const cache::Ranked& place : places) {
      accounts.emplace_back(AccountOfCacheKey(place.key));
    }
    return accounts;
  }
  void Run(absl::string_view sql, const std::vector<store::Value>& parameters) {
    const auto transaction = rig_.store->Begin().value();
    ASSERT_TRUE(transaction->Execute(sql, parameters).ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }

  FoldRig rig_;
  SlowStore store_{*rig_.store};
  StoredHealth stored_{store_, rig_.calendar, FoldRig::kPartitions};
  StoredRanking ranking_{stored_, rig_.clock};
};

TEST_F(StoredRankingTest, GivesTheIndexBeforeWhileTheNextIsMadeButNoneThatIsMuchTooOld) {
  ASSERT_THAT(Lowest(ranking_).value(), SizeIs(4));
  Run("DELETE FROM health_account WHERE account <> $1", {"acme"});
  EXPECT_THAT(Lowest(ranking_).value(), SizeIs(4)) << "as it was a moment ago";

  rig_.clock.Advance(kStoredRankingAge);
  store_.HoldNextReader();
  auto maker = std::async(std::launch::async, [&] { return Lowest(ranking_).value(); });
  store_.reader_came.WaitForNotification();
  EXPECT_THAT(Lowest(ranking_).value(), SizeIs(4)) << "rather than wait";
  rig_.clock.Advance(kStoredRankingAge);
  auto late = std::async(std::launch::async, [&] { return Lowest(ranking_).value(); });
  EXPECT_EQ(late.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  store_.reader_goes_on.Notify();
  EXPECT_THAT(maker.get(), ElementsAre("acme"));
  EXPECT_THAT(late.get(), ElementsAre("acme"));
}

TEST_F(StoredRankingTest, ReadsNoFurtherThanItRanksAndRemembersThatThereAreTooMany) {
  StoredRanking few(stored_, rig_.clock, /*accounts_max=*/1);
  // What comes after the account that is one too many cannot be read.
  std::map<int32_t, std::vector<std::string>> accounts;
  for (const char* account : {"acme", "bolt", "corp", "dyne"}) {
    accounts[FoldRig::PartitionFor(account)].push_back(account);
  }
  const std::string last = accounts.rbegin()->second.back();
  Run("UPDATE health_account SET state = $1 WHERE account = $2", {store::Blob{"none"}, last});
  const auto reason = [&] {
    const auto detail = DetailOf(Lowest(few).status());
    return detail.has_value() ? detail->reason : "OK";
  };
  EXPECT_EQ(reason(), "RANKING_TOO_LARGE");
  Run("DELETE FROM health_account WHERE account <> $1", {"acme"});
  rig_.clock.Advance(kStoredRankingAge - absl::Microseconds(1));
  EXPECT_EQ(reason(), "RANKING_TOO_LARGE") << "without reading";
  rig_.clock.Advance(absl::Microseconds(1));
  EXPECT_THAT(Lowest(few).value(), ElementsAre("acme"));
}

// H3, H9: one order and nothing else must not lead the list of those in danger.
TEST(Ranks, OfLowConfidenceComeAfterAllOthers) {
  const auto model = SmallActiveModel();
  std::vector<int64_t> values(static_cast<size_t>(model->value_count()), kAbsent);
  EXPECT_THAT(RanksOf(Attributes{{"tier", "core"}}, model.get(), values), ::testing::IsEmpty());
  values[kScoreValue] = 99 * kPoint;
  values[kConfidenceValue] = 500'000;
  const int64_t sure = RanksOf({}, model.get(), values).front().score;
  EXPECT_EQ(sure, 99 * kPoint);
  values[kScoreValue] = 0;
  values[kConfidenceValue] = 499'999;
  const auto unsure = RanksOf(Attributes{{"owner", "li"}, {"tier", "core"}}, model.get(), values);
  ASSERT_THAT(unsure, SizeIs(3));
  for (const cache::Write::Rank& rank : unsure) EXPECT_GT(rank.score, sure);
  values[kScoreValue] = kPoint;
  EXPECT_GT(RanksOf({}, model.get(), values).front().score, unsure.front().score)
      << "among themselves by score";
}

TEST_F(StoredRankingTest, DropsAnIndexThatServesNobodyAnyMore) {
  ASSERT_THAT(Lowest(ranking_).value(), SizeIs(4));
  rig_.clock.Advance(2 * kStoredRankingAge - absl::Microseconds(1));
  ranking_.DropExpired();
  EXPECT_TRUE(ranking_.holds_index());
  rig_.clock.Advance(absl::Microseconds(1));
  ranking_.DropExpired();
  EXPECT_FALSE(ranking_.holds_index());
}

}  // namespace
}  // namespace bellwether::health::stored_ranking_test
