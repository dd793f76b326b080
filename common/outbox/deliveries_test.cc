#include "common/outbox/deliveries.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/outbox/testing/scripted_bus.h"
#include "gmock/gmock.h"

namespace bellwether::outbox::deliveries_test {
namespace {

constexpr absl::Duration kNoWait = absl::ZeroDuration();

class DeliveriesTest : public ::testing::Test {
 protected:
  void Produce(int64_t id) {
    deliveries_.Produce(*producer_, id, "topic", 0, {.value = absl::StrCat(id)});
  }

  ScriptedBus bus_;
  const std::unique_ptr<bus::Producer> producer_ = *bus_.NewProducer();
  Deliveries deliveries_;
};

TEST_F(DeliveriesTest, AMessageIsUnderWayUntilItsAnswerHasBeenTaken) {
  EXPECT_FALSE(deliveries_.UnderWay(7));
  bus_.answers = false;
  Produce(7);
  EXPECT_TRUE(absl::IsDeadlineExceeded(deliveries_.Wait({7}, kNoWait)[0]));
  EXPECT_TRUE(deliveries_.UnderWay(7));
  bus_.AnswerHeld();
  EXPECT_TRUE(deliveries_.UnderWay(7));
  EXPECT_TRUE(deliveries_.Wait({7}, kNoWait)[0].ok());
  EXPECT_FALSE(deliveries_.UnderWay(7));
}

TEST_F(DeliveriesTest, AnswersComeInTheOrderAskedForAndOthersAreKept) {
  bus_.outcome = [](const bus::Message& message) {
    return message.value == "2" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  for (const int64_t id : {1, 2, 3}) Produce(id);
  const auto outcomes = deliveries_.Wait({2, 1}, kNoWait);
  EXPECT_TRUE(absl::IsUnavailable(outcomes[0]));
  EXPECT_TRUE(outcomes[1].ok());
  EXPECT_TRUE(deliveries_.Wait({3}, kNoWait)[0].ok());
}

TEST_F(DeliveriesTest, WhatIsNotAskedForIsNotWaitedFor) {
  bus_.answers = false;
  Produce(1);
  bus_.answers = true;
  Produce(2);
  EXPECT_TRUE(deliveries_.Wait({2}, absl::InfiniteDuration())[0].ok());
}

TEST_F(DeliveriesTest, AMessageTheProducerDoesNotTakeIsAnsweredWithItsRefusal) {
  bus_.outcome = [](const bus::Message&) { return absl::ResourceExhaustedError("full"); };
  Produce(1);
  EXPECT_TRUE(absl::IsResourceExhausted(deliveries_.Wait({1}, kNoWait)[0]));
}

TEST_F(DeliveriesTest, ForgetsOnlyWhatIsAnsweredAndBelow) {
  bus_.answers = false;
  Produce(1);
  bus_.answers = true;
  Produce(2);
  Produce(3);
  deliveries_.ForgetBefore(3);
  EXPECT_TRUE(deliveries_.UnderWay(1)) << "its answer is still to come";
  EXPECT_FALSE(deliveries_.UnderWay(2));
  EXPECT_TRUE(deliveries_.UnderWay(3));
}

}  // namespace
}  // namespace bellwether::outbox::deliveries_test
