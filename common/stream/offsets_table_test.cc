#include "common/stream/offsets_table.h"

#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/scripted_fold.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::offsets_table_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::Time Seconds(int64_t n) { return absl::UnixEpoch() + absl::Seconds(n); }

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class OffsetsTableTest : public ::testing::Test {
 protected:
  OffsetsTableTest() : store_(store::testing::NewScratchStore()) {
    EXPECT_TRUE(CreateTables(*store_).ok());
    request_.partition = 3;
    request_.log_id = "log";
    request_.range = {0, 100};
    request_.code_version = 1;
    request_.commit_id = "take";
  }

  absl::StatusOr<OffsetsRow> Take() { return table_.Take(*store_, request_, fold_); }
  OffsetsRow Read() {
    return table_.Read(*store_, **store_->BeginRead(), request_.partition, false)->value();
  }
  // Commits `next` over `expected`; whether the row moved.
  bool Advance(const OffsetsRow& expected, const OffsetsRow& next) {
    auto transaction = *store_->Begin();
    const absl::StatusOr<bool> advanced =
        table_.Advance(*transaction, request_.partition, expected, next);
    EXPECT_TRUE(advanced.ok()) << advanced.status();
    EXPECT_TRUE(transaction->Commit().ok());
    return *advanced;
  }
  OffsetsRow AdvanceTo(int64_t next_offset) {
    const OffsetsRow row = Read();
    OffsetsRow next = row;
    next.next_offset = next_offset;
    next.time = {Seconds(10), Seconds(9)};
    EXPECT_TRUE(Advance(row, next));
    return next;
  }

  const std::unique_ptr<store::Store> store_;
  const OffsetsTable table_{"health"};
  OffsetsTable::TakeRequest request_;
  testing::FoldScript script_;
  testing::ScriptedFold fold_{script_};
};

TEST_F(OffsetsTableTest, TakesAPartitionNobodyHadFromItsFirstRecordUnderGenerationOne) {
  request_.range = {7, 100};
  const absl::StatusOr<OffsetsRow> row = Take();
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(row->epoch, 1);
  EXPECT_EQ(row->generation, 1);
  EXPECT_EQ(row->next_offset, 7);
  EXPECT_EQ(row->time.now, absl::InfinitePast());
  EXPECT_FALSE(row->fold_back_until.has_value());
  EXPECT_EQ(*row, Read());
  EXPECT_THAT(script_.calls, IsEmpty());
}

TEST_F(OffsetsTableTest, RaisesTheEpochAndNothingElseWithEveryTaking) {
  ASSERT_TRUE(Take().ok());
  const OffsetsRow before = AdvanceTo(42);
  const absl::StatusOr<OffsetsRow> row = Take();
  ASSERT_TRUE(row.ok());
  OffsetsRow expected = before;
  expected.epoch = 2;
  expected.commit_id = "take";
  EXPECT_EQ(*row, expected);
}

TEST_F(OffsetsTableTest, FencesTheFormerOwnerOfThePartition) {
  const OffsetsRow old = *Take();
  ASSERT_TRUE(Take().ok());
  OffsetsRow next = old;
  next.next_offset = 5;
  EXPECT_FALSE(Advance(old, next));
  EXPECT_EQ(Read().next_offset, 0);
}

TEST_F(OffsetsTableTest, RefusesACommitThatDoesNotFollowTheOneBefore) {
  const OffsetsRow taken = *Take();
  AdvanceTo(5);
  OffsetsRow next = taken;
  next.next_offset = 9;
  EXPECT_FALSE(Advance(taken, next));
}

TEST_F(OffsetsTableTest, ReadsBackEveryColumn) {
  const OffsetsRow taken = *Take();
  OffsetsRow next{taken.epoch, 9, 55, 77, {Seconds(1), Seconds(2)}, "log", 4, "commit"};
  ASSERT_TRUE(Advance(taken, next));
  EXPECT_EQ(Read(), next);
}

TEST_F(OffsetsTableTest, StartsANewGenerationWhenTheCodeVersionChanges) {
  ASSERT_TRUE(Take().ok());
  AdvanceTo(42);
  request_.code_version = 2;
  const absl::StatusOr<OffsetsRow> row = Take();
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->generation, 2);
  EXPECT_EQ(row->code_version, 2);
  EXPECT_EQ(row->next_offset, 0);
  EXPECT_EQ(row->fold_back_until, 42);
  EXPECT_EQ(row->time, StreamTime());
  EXPECT_THAT(script_.calls, ElementsAre("clear"));
  EXPECT_EQ(*row, Read());
}

TEST_F(OffsetsTableTest, GoesOnFoldingBackUnderTheSameCodeVersion) {
  ASSERT_TRUE(Take().ok());
  AdvanceTo(42);
  request_.code_version = 2;
  ASSERT_TRUE(Take().ok());
  AdvanceTo(10);
  script_.Take();
  const absl::StatusOr<OffsetsRow> row = Take();
  EXPECT_EQ(row->generation, 2);
  EXPECT_EQ(row->next_offset, 10);
  EXPECT_EQ(row->fold_back_until, 42);
  EXPECT_THAT(script_.calls, IsEmpty());
}

TEST_F(OffsetsTableTest, FoldsBackToTheFarthestOffsetWhenTheCodeChangesWhileFoldingBack) {
  ASSERT_TRUE(Take().ok());
  AdvanceTo(42);
  request_.code_version = 2;
  ASSERT_TRUE(Take().ok());
  AdvanceTo(10);
  request_.code_version = 3;
  const absl::StatusOr<OffsetsRow> row = Take();
  EXPECT_EQ(row->generation, 3);
  EXPECT_EQ(row->next_offset, 0);
  EXPECT_EQ(row->fold_back_until, 42);
}

TEST_F(OffsetsTableTest, StartsANewGenerationForARebuildUnderTheSameCode) {
  ASSERT_TRUE(Take().ok());
  AdvanceTo(42);
  request_.rebuild = true;
  const absl::StatusOr<OffsetsRow> row = Take();
  EXPECT_EQ(row->generation, 2);
  EXPECT_EQ(row->next_offset, 0);
  EXPECT_EQ(row->fold_back_until, 42);
}

TEST_F(OffsetsTableTest, HasNothingToFoldBackWhereNothingWasFolded) {
  ASSERT_TRUE(Take().ok());
  request_.code_version = 2;
  const absl::StatusOr<OffsetsRow> row = Take();
  EXPECT_EQ(row->generation, 2);
  EXPECT_FALSE(row->fold_back_until.has_value());
}

TEST_F(OffsetsTableTest, RefusesAnotherLog) {
  ASSERT_TRUE(Take().ok());
  request_.log_id = "another log";
  const absl::Status refused = Take().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(ReasonOf(refused), kReasonLogChanged);
  EXPECT_EQ(Read().epoch, 1);
}

TEST_F(OffsetsTableTest, RefusesAnOffsetOutsideTheLogAndTakesOneAtItsEdges) {
  ASSERT_TRUE(Take().ok());
  AdvanceTo(42);
  request_.range = {43, 100};
  EXPECT_EQ(ReasonOf(Take().status()), kReasonOffsetOutsideLog);
  request_.range = {0, 41};
  EXPECT_EQ(ReasonOf(Take().status()), kReasonOffsetOutsideLog);
  EXPECT_EQ(Read().epoch, 1);
  request_.range = {42, 100};
  EXPECT_TRUE(Take().ok());
  request_.range = {0, 42};
  EXPECT_TRUE(Take().ok());
}

TEST_F(OffsetsTableTest, RefusesToFoldAgainFromALogWithoutItsBeginning) {
  ASSERT_TRUE(Take().ok());
  AdvanceTo(42);
  request_.range = {1, 100};
  request_.code_version = 2;
  const absl::Status refused = Take().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(ReasonOf(refused), kReasonLogTrimmed);
  EXPECT_EQ(Read().generation, 1);
  EXPECT_EQ(Read().next_offset, 42);
}

TEST_F(OffsetsTableTest, KeepsProcessorsApart) {
  ASSERT_TRUE(Take().ok());
  AdvanceTo(42);
  const absl::StatusOr<OffsetsRow> other = OffsetsTable("alerts").Take(*store_, request_, fold_);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->next_offset, 0);
  EXPECT_EQ(other->epoch, 1);
}

}  // namespace
}  // namespace bellwether::stream::offsets_table_test
