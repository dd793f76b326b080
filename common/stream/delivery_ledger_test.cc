#include "common/stream/delivery_ledger.h"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace bellwether::stream::delivery_ledger_test {
namespace {

class DeliveryLedgerTest : public ::testing::Test {
 protected:
  std::shared_ptr<DeliveryLedger> ledger_ =
      std::make_shared<DeliveryLedger>(4, std::make_shared<Bell>());
  const bus::Position ok_{0, 0};
};

TEST_F(DeliveryLedgerTest, SettlesOnlyWhatHasNothingUnansweredBeforeIt) {
  bus::Delivered first = ledger_->Issue();
  bus::Delivered second = ledger_->Issue();
  bus::Delivered third = ledger_->Issue();
  third(ok_);
  EXPECT_EQ(ledger_->settled(), 0);
  first(ok_);
  EXPECT_EQ(ledger_->settled(), 1);
  second(ok_);
  EXPECT_EQ(ledger_->settled(), 3);
  EXPECT_EQ(ledger_->outstanding(), 0);
}

TEST_F(DeliveryLedgerTest, HasRoomForSoManyUnansweredAndReusesIt) {
  for (int round = 0; round < 10; ++round) {
    std::vector<bus::Delivered> answers;
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(ledger_->HasRoom());
      answers.push_back(ledger_->Issue());
    }
    EXPECT_FALSE(ledger_->HasRoom());
    // All but the first: the window does not move.
    for (int i = 3; i > 0; --i) answers[i](ok_);
    EXPECT_FALSE(ledger_->HasRoom());
    answers[0](ok_);
    EXPECT_TRUE(ledger_->HasRoom());
  }
  EXPECT_EQ(ledger_->settled(), 40);
}

TEST_F(DeliveryLedgerTest, FailsForGoodWithTheFirstFailure) {
  bus::Delivered first = ledger_->Issue();
  bus::Delivered second = ledger_->Issue();
  second(absl::UnavailableError("second"));
  first(absl::InternalError("first"));
  EXPECT_TRUE(ledger_->failed());
  EXPECT_EQ(ledger_->failure().message(), "second");
  EXPECT_EQ(ledger_->settled(), 0);
}

TEST_F(DeliveryLedgerTest, TakesAnAnswerThatNeverComesForAFailure) {
  { const bus::Delivered dropped = ledger_->Issue(); }
  EXPECT_TRUE(ledger_->failed());
}

TEST_F(DeliveryLedgerTest, OutlivesItsOwnerUntilTheLastAnswer) {
  bus::Delivered answer = ledger_->Issue();
  const std::weak_ptr<DeliveryLedger> weak = ledger_;
  ledger_.reset();
  EXPECT_FALSE(weak.expired());
  answer(ok_);
  answer = nullptr;
  EXPECT_TRUE(weak.expired());
}

TEST_F(DeliveryLedgerTest, RingsWhenWhatWasAskedForIsReached) {
  const auto bell = std::make_shared<Bell>();
  ledger_ = std::make_shared<DeliveryLedger>(4, bell);
  bus::Delivered first = ledger_->Issue();
  bus::Delivered second = ledger_->Issue();
  ledger_->RingAt(1);
  ledger_->RingAt(2);
  std::thread bus_thread([&] {
    first(ok_);
    second(ok_);
  });
  while (ledger_->settled() < 2) bell->Wait(absl::Seconds(20));
  bus_thread.join();
}

}  // namespace
}  // namespace bellwether::stream::delivery_ledger_test
