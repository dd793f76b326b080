#include "services/alerts/adapters/http_answer.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::alerts::http_answer_test {
namespace {

Answer Answered(int status, http::Headers headers = {}) {
  return AnswerOf(http::Response{.status = status, .headers = std::move(headers)});
}

TEST(HttpAnswer, CarriesTheStatus) {
  const Answer answer = Answered(204);
  EXPECT_EQ(answer.kind, AnswerKind::kAnswered);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.detail, "HTTP 204");
  EXPECT_FALSE(answer.retry_after.has_value());
}

TEST(HttpAnswer, ReadsRetryAfterAsSeconds) {
  EXPECT_EQ(Answered(429, {{"retry-after", "120"}}).retry_after, absl::Seconds(120));
  EXPECT_EQ(Answered(429, {{"retry-after", "-5"}}).retry_after, absl::ZeroDuration());
  EXPECT_FALSE(Answered(429, {{"retry-after", "soon"}}).retry_after.has_value());
}

TEST(HttpAnswer, ReadsRetryAfterAsADateByTheReceiversOwnClock) {
  const http::Headers::value_type date{"date", "Tue, 10 Nov 2026 08:00:00 GMT"};
  EXPECT_EQ(Answered(503, {{"retry-after", "Tue, 10 Nov 2026 08:01:30 GMT"}, date}).retry_after,
            absl::Seconds(90));
  EXPECT_EQ(Answered(503, {{"retry-after", "Tue, 10 Nov 2026 07:00:00 GMT"}, date}).retry_after,
            absl::ZeroDuration());
  EXPECT_FALSE(
      Answered(503, {{"retry-after", "Tue, 10 Nov 2026 08:01:30 GMT"}}).retry_after.has_value());
}

TEST(HttpAnswer, OnlyWhatWasNotSentIsCertainlyNotReceived) {
  const auto failed = [](absl::StatusCode code, const char* reason) {
    return AnswerOf(Error(code, {.reason = reason}, "why")).kind;
  };
  EXPECT_EQ(failed(absl::StatusCode::kUnavailable, http::kNotSent), AnswerKind::kNotSent);
  EXPECT_EQ(failed(absl::StatusCode::kDeadlineExceeded, http::kNoAnswer), AnswerKind::kNoAnswer);
  EXPECT_EQ(failed(absl::StatusCode::kOutOfRange, http::kAnswerTooLarge), AnswerKind::kNoAnswer);
  EXPECT_EQ(AnswerOf(absl::InternalError("?")).kind, AnswerKind::kNoAnswer);
}

}  // namespace
}  // namespace bellwether::alerts::http_answer_test
