#include "services/gateway/domain/record_ledger.h"

#include "gtest/gtest.h"

namespace bellwether::gateway::record_ledger_test {
namespace {

TEST(RecordLedger, OwesNothingBeforeItsFirstRecord) {
  const RecordLedger ledger(40);
  EXPECT_EQ(ledger.settled(), 40);
  EXPECT_EQ(ledger.next_offset(), 40);
  EXPECT_TRUE(ledger.AllAnswered());
}

TEST(RecordLedger, IsSettledUpToTheFirstUnanswered) {
  RecordLedger ledger(0);
  for (const int64_t offset : {0, 1, 2}) ledger.Take(offset);
  EXPECT_EQ(ledger.settled(), 0);
  ledger.Answer(1);
  EXPECT_EQ(ledger.settled(), 0) << "the one before is still owed";
  ledger.Answer(0);
  EXPECT_EQ(ledger.settled(), 2);
  EXPECT_FALSE(ledger.AllAnswered());
  ledger.Answer(2);
  EXPECT_EQ(ledger.settled(), 3);
  EXPECT_TRUE(ledger.AllAnswered());
}

TEST(RecordLedger, CountsWhatIsSkippedWithTheRecordBehind) {
  RecordLedger ledger(5);
  ledger.Take(8);
  ledger.Take(12);
  EXPECT_EQ(ledger.settled(), 8) << "no record lies between";
  ledger.Answer(8);
  EXPECT_EQ(ledger.settled(), 12);
  ledger.Answer(12);
  EXPECT_EQ(ledger.settled(), 13);
  EXPECT_EQ(ledger.next_offset(), 13);
}

}  // namespace
}  // namespace bellwether::gateway::record_ledger_test
