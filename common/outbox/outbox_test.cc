#include "common/outbox/outbox.h"

#include <memory>

#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"

namespace bellwether::outbox::outbox_test {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

OutboxRow RowOf(const std::string& subject, const std::string& value) {
  return {.subject = subject,
          .entity_version = 3,
          .topic = "t",
          .message = {"key",
                      {{"ce_id", "1"}, {"empty", ""}, {"zero", std::string("\0\xff", 2)}},
                      value},
          .change_time = kNow - absl::Hours(1)};
}

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  absl::Status AppendAndCommit(absl::Span<const OutboxRow> rows) {
    ASSIGN_OR_RETURN(auto transaction, store_->Begin());
    RETURN_IF_ERROR(Append(*transaction, rows, kNow));
    return transaction->Commit();
  }

  std::vector<UnsentRow> Unsent(size_t rows_max = 100) {
    auto transaction = store_->BeginRead();
    auto rows = ReadUnsent(**transaction, rows_max);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return *std::move(rows);
  }

  std::vector<int64_t> UnsentPositions() {
    std::vector<int64_t> positions;
    for (const UnsentRow& row : Unsent()) positions.push_back(row.position);
    return positions;
  }

  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
};

TEST_F(OutboxTest, ARowComesBackAsItWasAppended) {
  OutboxRow row = RowOf("s/1", std::string("pay\0load", 8));
  row.partition = 3;
  ASSERT_TRUE(AppendAndCommit({row}).ok());
  const std::vector<UnsentRow> unsent = Unsent();
  ASSERT_EQ(unsent.size(), 1u);
  const OutboxRow& read = unsent[0].row;
  EXPECT_EQ(read.subject, row.subject);
  EXPECT_EQ(read.entity_version, 3);
  EXPECT_EQ(read.topic, "t");
  EXPECT_EQ(read.partition, 3);
  EXPECT_EQ(read.message.key, "key");
  EXPECT_EQ(read.message.value, row.message.value);
  ASSERT_EQ(read.message.headers.size(), 3u);
  EXPECT_EQ(read.message.headers[1].value, "");
  EXPECT_EQ(read.message.headers[2].value, row.message.headers[2].value);
  EXPECT_EQ(read.change_time, row.change_time);
  EXPECT_EQ(unsent[0].appended, kNow);
}

TEST_F(OutboxTest, PositionsFollowTheOrderOfCommits) {
  ASSERT_TRUE(AppendAndCommit({RowOf("a", "1"), RowOf("b", "2")}).ok());
  {
    auto rolled_back = store_->Begin();
    ASSERT_TRUE(Append(**rolled_back, {RowOf("c", "never")}, kNow).ok());
  }
  ASSERT_TRUE(AppendAndCommit({RowOf("a", "3")}).ok());
  EXPECT_THAT(UnsentPositions(), ElementsAre(1, 2, 3));
  EXPECT_EQ(Unsent()[2].row.message.value, "3");
  EXPECT_EQ(Unsent(2).size(), 2u);
}

TEST_F(OutboxTest, MarkingSkipsTheRowsBetween) {
  ASSERT_TRUE(
      AppendAndCommit({RowOf("a", ""), RowOf("b", ""), RowOf("c", ""), RowOf("d", "")}).ok());
  auto transaction = store_->Begin();
  ASSERT_TRUE(MarkSent(**transaction, {1, 2, 4}, kNow).ok());
  ASSERT_TRUE((*transaction)->Commit().ok());
  EXPECT_THAT(UnsentPositions(), ElementsAre(3));
}

TEST_F(OutboxTest, PruningTakesOldSentRowsOnlyAndNeverUnsentOnes) {
  ASSERT_TRUE(AppendAndCommit({RowOf("a", ""), RowOf("b", ""), RowOf("c", "")}).ok());
  auto transaction = store_->Begin();
  ASSERT_TRUE(MarkSent(**transaction, {1, 2}, kNow).ok());
  EXPECT_EQ(*PruneSent(**transaction, kNow, 10), 0);
  EXPECT_EQ(*PruneSent(**transaction, kNow + absl::Microseconds(1), 1), 1);
  EXPECT_EQ(*PruneSent(**transaction, kNow + absl::Microseconds(1), 10), 1);
  EXPECT_EQ(*PruneSent(**transaction, absl::FromUnixSeconds(9'000'000'000), 10), 0);
  ASSERT_TRUE((*transaction)->Commit().ok());
  EXPECT_THAT(UnsentPositions(), ElementsAre(3));
}

TEST_F(OutboxTest, WhatTheBusWouldNeverTakeIsRefusedInTheTransaction) {
  const absl::Status large = AppendAndCommit({RowOf("a", std::string(bus::kMessageBytesMax, 'x'))});
  EXPECT_TRUE(absl::IsInvalidArgument(large));
  EXPECT_EQ(DetailOf(large)->reason, "MESSAGE_TOO_LARGE");
  OutboxRow many_headers = RowOf("a", "");
  many_headers.message.headers.resize(bus::kHeadersMax - 1);
  EXPECT_TRUE(absl::IsInvalidArgument(AppendAndCommit({many_headers})));
  many_headers.message.headers.resize(bus::kHeadersMax - 2);
  EXPECT_TRUE(AppendAndCommit({many_headers}).ok());
}

}  // namespace
}  // namespace bellwether::outbox::outbox_test
