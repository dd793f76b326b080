#include "services/gateway/adapters/sql_gateway_tables.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/store/testing/test_database.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::sql_gateway_tables_test {
namespace {

class SqlJournalRowTest : public ::testing::Test {
 protected:
  SqlJournalRowTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  JournalPhase Move(JournalPhase to, JournalPhase from_max) {
    const absl::StatusOr<JournalRow::Values> values = row_.MoveTo(to, from_max);
    EXPECT_TRUE(values.ok()) << values.status();
    EXPECT_EQ(values->phase, row_.Load()->phase) << "what is answered is what is stored";
    return values->phase;
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlJournalRow row_{*store_};
};

TEST_F(SqlJournalRowTest, AFactMakesItLiveOnlyFromEmpty) {
  EXPECT_EQ(Move(JournalPhase::kLive, JournalPhase::kEmpty), JournalPhase::kLive);
}

TEST_F(SqlJournalRowTest, AFactDoesNotEndAPast) {
  EXPECT_EQ(Move(JournalPhase::kBackfilling, JournalPhase::kEmpty), JournalPhase::kBackfilling);
  EXPECT_EQ(Move(JournalPhase::kLive, JournalPhase::kEmpty), JournalPhase::kBackfilling);
  EXPECT_EQ(Move(JournalPhase::kLive, JournalPhase::kBackfilling), JournalPhase::kLive);
}

TEST_F(SqlJournalRowTest, NeverMovesBack) {
  EXPECT_EQ(Move(JournalPhase::kLive, JournalPhase::kEmpty), JournalPhase::kLive);
  EXPECT_EQ(Move(JournalPhase::kBackfilling, JournalPhase::kLive), JournalPhase::kLive);
}

class SqlFactsOffsetsTest : public ::testing::Test {
 protected:
  SqlFactsOffsetsTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  // "log offset"
  std::string Stored() {
    const auto place = offsets_.Load(3);
    EXPECT_TRUE(place.ok()) << place.status();
    return place->has_value() ? absl::StrCat((*place)->log_id, " ", (*place)->next_offset) : "none";
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlFactsOffsets offsets_{*store_};
};

TEST_F(SqlFactsOffsetsTest, BeginsForwardOnlyInTheSameLog) {
  EXPECT_EQ(Stored(), "none");
  ASSERT_TRUE(offsets_.Begin(3, {"a", 5}).ok());
  EXPECT_EQ(Stored(), "a 5");
  ASSERT_TRUE(offsets_.Begin(3, {"a", 4}).ok());
  EXPECT_EQ(Stored(), "a 5") << "another member has answered for more meanwhile";
  ASSERT_TRUE(offsets_.Begin(3, {"a", 6}).ok());
  EXPECT_EQ(Stored(), "a 6");
  ASSERT_TRUE(offsets_.Begin(3, {"b", 0}).ok());
  EXPECT_EQ(Stored(), "b 0") << "another log's offsets mean nothing";
}

TEST_F(SqlFactsOffsetsTest, BeginsAgainAlsoFromAnEarlierPlace) {
  ASSERT_TRUE(offsets_.Begin(3, {"a", 5}).ok());
  ASSERT_TRUE(offsets_.BeginAgain(3, {"a", 0}).ok());
  EXPECT_EQ(Stored(), "a 0");
}

TEST_F(SqlFactsOffsetsTest, AdvancesNothingBackNorInAnotherLog) {
  ASSERT_TRUE(offsets_.Begin(3, {"a", 5}).ok());
  ASSERT_TRUE(offsets_.Advance("a", {{3, 4}}).ok());
  ASSERT_TRUE(offsets_.Advance("b", {{3, 9}}).ok());
  EXPECT_EQ(Stored(), "a 5");
  ASSERT_TRUE(offsets_.Advance("a", {{3, 9}}).ok());
  EXPECT_EQ(Stored(), "a 9");
}

}  // namespace
}  // namespace bellwether::gateway::sql_gateway_tables_test
