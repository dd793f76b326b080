#include "services/alerts/domain/delivery.h"

#include "gtest/gtest.h"

namespace bellwether::alerts::delivery_test {
namespace {

DeliveryVerdict Judge(const Answer& answer, int64_t failures = 0,
                      absl::Duration age = absl::ZeroDuration(), double jitter = 0) {
  return JudgeAnswer(DeliveryPolicy(), answer, failures, age, jitter);
}

Answer Status(int status) { return {.kind = AnswerKind::kAnswered, .status = status}; }

TEST(Delivery, EveryTwoHundredIsDelivered) {
  EXPECT_EQ(Judge(Status(200)).end, DeliveryEnd::kDelivered);
  EXPECT_EQ(Judge(Status(299)).end, DeliveryEnd::kDelivered);
  EXPECT_EQ(Judge(Status(300)).end, DeliveryEnd::kGivenUp);
}

TEST(Delivery, ARefusalIsNeverRetried) {
  for (const int status : {301, 400, 401, 404, 410, 422}) {
    EXPECT_EQ(Judge(Status(status)).end, DeliveryEnd::kGivenUp) << status;
    EXPECT_EQ(Judge(Status(status)).reason, kRefused) << status;
  }
  EXPECT_EQ(Judge(Status(408)).end, DeliveryEnd::kRetry);
}

TEST(Delivery, WaitsDoubleUpToTheMost) {
  const Answer failed = Status(500);
  EXPECT_EQ(Judge(failed, 0).wait, absl::Milliseconds(500));
  EXPECT_EQ(Judge(failed, 1).wait, absl::Seconds(1));
  EXPECT_EQ(Judge(failed, 3).wait, absl::Seconds(4));
  EXPECT_EQ(Judge(failed, 10).wait, absl::Minutes(5));
  EXPECT_LE(Judge(failed, 10, absl::ZeroDuration(), 0.999).wait, absl::Minutes(10));
  EXPECT_GT(Judge(failed, 3, absl::ZeroDuration(), 0.5).wait, Judge(failed, 3).wait);
}

TEST(Delivery, AttemptsAreBounded) {
  EXPECT_EQ(Judge(Status(500), 10).end, DeliveryEnd::kRetry);
  EXPECT_EQ(Judge(Status(500), 11).end, DeliveryEnd::kGivenUp);
  EXPECT_EQ(Judge(Status(500), 11).reason, kAttemptsExhausted);
}

TEST(Delivery, BeingThrottledIsNoFailureAndRetryAfterIsHonoured) {
  Answer throttled = Status(429);
  throttled.retry_after = absl::Seconds(90);
  const DeliveryVerdict verdict = Judge(throttled, 11);
  EXPECT_EQ(verdict.end, DeliveryEnd::kRetry);
  EXPECT_EQ(verdict.reason, kThrottled);
  EXPECT_FALSE(verdict.failure);
  EXPECT_GE(verdict.wait, absl::Seconds(90));
  throttled.retry_after = absl::Hours(200);
  EXPECT_EQ(Judge(throttled).wait, absl::Hours(1));
  Answer unavailable = Status(503);
  unavailable.retry_after = absl::Seconds(7);
  EXPECT_EQ(Judge(unavailable).reason, kThrottled);
  EXPECT_EQ(Judge(Status(503)).reason, kReceiverFailed);
}

TEST(Delivery, PastItsAgeAThrottledDeliveryIsGivenUp) {
  Answer throttled = Status(429);
  throttled.retry_after = absl::Hours(1);
  EXPECT_EQ(Judge(throttled, 0, absl::Hours(23)).end, DeliveryEnd::kRetry);
  EXPECT_EQ(Judge(throttled, 0, absl::Hours(23) + absl::Seconds(1)).reason, kTooOld);
}

TEST(Delivery, SilenceAfterSendingIsAmbiguousAndNoConnectionIsNot) {
  EXPECT_TRUE(Judge({.kind = AnswerKind::kNoAnswer}).ambiguous);
  EXPECT_EQ(Judge({.kind = AnswerKind::kNoAnswer}).reason, kNoAnswer);
  EXPECT_FALSE(Judge({.kind = AnswerKind::kNotSent}).ambiguous);
  EXPECT_EQ(Judge({.kind = AnswerKind::kNotSent}).end, DeliveryEnd::kRetry);
}

}  // namespace
}  // namespace bellwether::alerts::delivery_test
