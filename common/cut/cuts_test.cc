#include "common/cut/cuts.h"

#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"

namespace bellwether::cut::cuts_test {
namespace {

constexpr int32_t kPartitions = 2;
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);  // on the hour

absl::Time NextHour(absl::Time after) {
  return absl::FromUnixSeconds((absl::ToUnixSeconds(after) / 3'600 + 1) * 3'600);
}

class CutsTest : public ::testing::Test {
 protected:
  CutsTest() {
    EXPECT_TRUE(consume::CreateTables(*store_).ok());
    EXPECT_TRUE(CreateTables(*store_).ok());
  }

  template <typename Work>
  absl::Status Commit(Work work) {
    auto transaction = store_->Begin();
    RETURN_IF_ERROR(transaction.status());
    RETURN_IF_ERROR(work(**transaction));
    return (*transaction)->Commit();
  }
  void SetWatermark(int32_t partition, absl::Duration first, absl::Duration watermark) {
    ASSERT_TRUE(Commit([&](store::Transaction& transaction) -> absl::Status {
                  ASSIGN_OR_RETURN(const auto before, positions_.Of(transaction, partition));
                  std::optional<int64_t> read_from;
                  if (before.has_value()) read_from = before->next_offset;
                  return positions_.Move(transaction,
                                         {partition, "log", read_from.value_or(0) + 1,
                                          kStart + first, kStart + watermark},
                                         read_from);
                }).ok());
  }
  // The next instant that is due, as hours since the start; -1 for none.
  int64_t DueHour() {
    int64_t hour = -1;
    EXPECT_TRUE(Commit([&](store::Transaction& transaction) -> absl::Status {
                  ASSIGN_OR_RETURN(const auto due, cuts_.NextDue(transaction));
                  if (due.has_value()) hour = absl::ToInt64Hours(due->at - kStart);
                  return absl::OkStatus();
                }).ok());
    return hour;
  }
  absl::Status Take(const std::string& result) {
    return Commit([&](store::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const auto due, cuts_.NextDue(transaction));
      if (!due.has_value()) return absl::NotFoundError("nothing is due");
      return cuts_.Keep(transaction, *due, result);
    });
  }
  std::optional<Cuts::Kept> AsOf(absl::Duration as_of,
                                 absl::Time known_by = absl::InfiniteFuture()) {
    const auto reading = *store_->BeginRead();
    return *cuts_.AsOf(*reading, kStart + as_of, known_by);
  }
  static std::string ReasonOf(const absl::Status& status) {
    const auto detail = DetailOf(status);
    return detail.has_value() ? detail->reason : status.ToString();
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  const consume::Positions positions_{"reader"};
  const Cuts cuts_{*store_, positions_, {"hourly", kPartitions, NextHour}};
};

TEST_F(CutsTest, AreDueOnceEveryPartitionHasReachedTheInstant) {
  SetWatermark(0, absl::Minutes(10), absl::Hours(5));
  EXPECT_EQ(DueHour(), -1) << "the other partition has no tick";
  SetWatermark(1, absl::Minutes(20), absl::Hours(1) - absl::Microseconds(1));
  EXPECT_EQ(DueHour(), -1);
  SetWatermark(1, absl::Minutes(20), absl::Hours(1));
  EXPECT_EQ(DueHour(), 1);
  EXPECT_EQ(DueHour(), 1) << "until it is taken";
}

TEST_F(CutsTest, BeginAfterTheEarliestTickAndAreTakenOnceEach) {
  SetWatermark(0, absl::Hours(2) + absl::Minutes(1), absl::Hours(4));
  SetWatermark(1, absl::Hours(3), absl::Hours(4));
  ASSERT_TRUE(Take("third").ok());
  ASSERT_TRUE(Take("fourth").ok());
  EXPECT_TRUE(absl::IsNotFound(Take("fifth")));
  EXPECT_EQ(AsOf(absl::Hours(3) - absl::Microseconds(1)), std::nullopt);
  EXPECT_EQ(AsOf(absl::Hours(3))->result, "third");
  EXPECT_EQ(AsOf(absl::Hours(9))->result, "fourth");
}

TEST_F(CutsTest, OneThatAnotherProcessHasTakenIsNotTakenAgain) {
  SetWatermark(0, absl::ZeroDuration(), absl::Hours(2));
  SetWatermark(1, absl::ZeroDuration(), absl::Hours(2));
  Cuts::Due due;
  ASSERT_TRUE(Commit([&](store::Transaction& transaction) -> absl::Status {
                ASSIGN_OR_RETURN(const auto next, cuts_.NextDue(transaction));
                due = *next;
                return absl::OkStatus();
              }).ok());
  ASSERT_TRUE(Take("first").ok());
  EXPECT_EQ(ReasonOf(Commit([&](store::Transaction& transaction) {
              return cuts_.Keep(transaction, due, "again");
            })),
            "CUT_TAKEN");
  EXPECT_EQ(AsOf(absl::Hours(1))->result, "first");
}

TEST_F(CutsTest, InstantsWithoutAnythingArePassedOverUntilTheFirstIsKept) {
  SetWatermark(0, absl::ZeroDuration(), absl::Hours(2));
  SetWatermark(1, absl::ZeroDuration(), absl::Hours(2));
  ASSERT_TRUE(Commit([&](store::Transaction& transaction) -> absl::Status {
                ASSIGN_OR_RETURN(const auto due, cuts_.NextDue(transaction));
                EXPECT_FALSE(due->begun);
                EXPECT_EQ(*cuts_.Latest(transaction), std::nullopt);
                return cuts_.PassOver(transaction, *due, kStart + absl::Hours(2));
              }).ok());
  ASSERT_TRUE(Take("second").ok());
  EXPECT_EQ(AsOf(absl::Hours(1)), std::nullopt);
  EXPECT_EQ(AsOf(absl::Hours(2))->result, "second");
  const auto reading = *store_->BeginRead();
  EXPECT_EQ(*cuts_.Latest(*reading), kStart + absl::Hours(2));
}

TEST_F(CutsTest, OneSpeaksForTheInstantsThatArePassedOverAfterIt) {
  for (int32_t p = 0; p < kPartitions; ++p) {
    SetWatermark(p, absl::ZeroDuration(), absl::Hours(10) + absl::Minutes(30));
  }
  ASSERT_TRUE(Take("first").ok());
  const auto pass_over = [&](absl::Duration until) {
    ASSERT_TRUE(Commit([&](store::Transaction& transaction) -> absl::Status {
                  ASSIGN_OR_RETURN(const auto due, cuts_.NextDue(transaction));
                  EXPECT_EQ(due->reached, kStart + absl::Hours(10) + absl::Minutes(30));
                  return cuts_.PassOver(transaction, *due, kStart + until);
                }).ok());
  };
  pass_over(absl::Hours(6));  // one due at the very instant stays due
  EXPECT_EQ(DueHour(), 6);
  EXPECT_EQ(AsOf(absl::Hours(1))->stands_at, kStart + absl::Hours(1));
  EXPECT_EQ(AsOf(absl::Hours(4) - absl::Microseconds(1))->stands_at, kStart + absl::Hours(3));
  EXPECT_EQ(AsOf(absl::Hours(4))->stands_at, kStart + absl::Hours(4));
  EXPECT_EQ(AsOf(absl::Hours(9))->stands_at, kStart + absl::Hours(5)) << "6 is still to come";
  EXPECT_EQ(AsOf(absl::Hours(9))->at, kStart + absl::Hours(1));
  pass_over(absl::Hours(6) + absl::Microseconds(1));
  EXPECT_EQ(DueHour(), 7);
}

TEST_F(CutsTest, VersionsRiseWithTheInstantAndMoreWithTheGeneration) {
  SetWatermark(0, absl::ZeroDuration(), absl::Hours(2));
  SetWatermark(1, absl::ZeroDuration(), absl::Hours(2));
  ASSERT_TRUE(Take("first").ok());
  EXPECT_EQ(AsOf(absl::Hours(1))->version,
            (int64_t{1} << 40) + absl::ToUnixSeconds(kStart + absl::Hours(1)));
  ASSERT_TRUE(Commit([&](store::Transaction& transaction) -> absl::Status {
                ASSIGN_OR_RETURN(const int64_t generation, cuts_.RaiseGeneration(transaction));
                EXPECT_EQ(generation, 2);
                return absl::OkStatus();
              }).ok());
  ASSERT_TRUE(Take("second").ok());
  EXPECT_EQ(AsOf(absl::Hours(2))->version,
            (int64_t{2} << 40) + absl::ToUnixSeconds(kStart + absl::Hours(2)));
}

TEST_F(CutsTest, ACorrectedOneStandsBesideTheOneThatWasShown) {
  SetWatermark(0, absl::ZeroDuration(), absl::Hours(1));
  SetWatermark(1, absl::ZeroDuration(), absl::Hours(1));
  const auto correct = [&](absl::Duration at, absl::Duration known_at) {
    return ReasonOf(Commit([&](store::Transaction& transaction) {
      return cuts_.Correct(transaction, kStart + at, kStart + known_at, "corrected");
    }));
  };
  EXPECT_EQ(correct(absl::Hours(1), absl::Hours(5)), "CUT_NOT_TAKEN");
  ASSERT_TRUE(Take("shown").ok());
  EXPECT_EQ(correct(absl::Hours(2), absl::Hours(5)), "CUT_NOT_TAKEN");
  EXPECT_EQ(correct(absl::Hours(1), absl::Hours(1)), "CUT_KNOWN_AT");
  EXPECT_EQ(correct(absl::Hours(1), absl::Hours(5)), absl::OkStatus().ToString());
  EXPECT_EQ(AsOf(absl::Hours(1))->result, "corrected");
  EXPECT_EQ(AsOf(absl::Hours(1), kStart + absl::Hours(4))->result, "shown");
  EXPECT_EQ(correct(absl::Hours(1), absl::Hours(5)), "CUT_KNOWN_AT");
}

TEST_F(CutsTest, ACorrectedOneMayBeOfAnInstantThatWasPassedOver) {
  SetWatermark(0, absl::ZeroDuration(), absl::Hours(5));
  SetWatermark(1, absl::ZeroDuration(), absl::Hours(5));
  ASSERT_TRUE(Take("shown").ok());
  ASSERT_TRUE(Commit([&](store::Transaction& transaction) -> absl::Status {
                ASSIGN_OR_RETURN(const auto due, cuts_.NextDue(transaction));
                RETURN_IF_ERROR(cuts_.PassOver(transaction, *due, kStart + absl::Hours(5)));
                return cuts_.Correct(transaction, kStart + absl::Hours(3), kStart + absl::Hours(9),
                                     "corrected");
              }).ok());
  EXPECT_EQ(AsOf(absl::Hours(2))->result, "shown");
  EXPECT_EQ(AsOf(absl::Hours(3))->result, "corrected");
  EXPECT_EQ(AsOf(absl::Hours(3))->version,
            (int64_t{1} << 40) + absl::ToUnixSeconds(kStart + absl::Hours(3)));
  EXPECT_EQ(AsOf(absl::Hours(4))->result, "corrected") << "it stands for what comes after it";
  EXPECT_EQ(AsOf(absl::Hours(4), kStart + absl::Hours(8))->result, "shown");
  const auto reading = *store_->BeginRead();
  EXPECT_EQ(*cuts_.LastKnown(*reading), kStart + absl::Hours(9));
  EXPECT_EQ(*cuts_.Reached(*reading), kStart + absl::Hours(5));
}

TEST_F(CutsTest, FamiliesDoNotMix) {
  SetWatermark(0, absl::ZeroDuration(), absl::Hours(1));
  SetWatermark(1, absl::ZeroDuration(), absl::Hours(1));
  ASSERT_TRUE(Take("hourly").ok());
  const Cuts other(*store_, positions_, {"other", kPartitions, NextHour});
  const auto reading = *store_->BeginRead();
  EXPECT_EQ(*other.AsOf(*reading, kStart + absl::Hours(1)), std::nullopt);
}

}  // namespace
}  // namespace bellwether::cut::cuts_test
