#include "services/alerts/domain/delivery.h"

#include <algorithm>

namespace bellwether::alerts {
namespace {

constexpr int kOk = 200;
constexpr int kRedirect = 300;
constexpr int kClientError = 400;
constexpr int kRequestTimeout = 408;
constexpr int kTooEarly = 425;
constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

// The doublings after which every wait is the longest one.
constexpr int64_t kDoublingsMax = 30;

// Doubles from the least to the most, drawn from the upper half: senders do not return together.
absl::Duration Backoff(const DeliveryPolicy& policy, int64_t failures, double jitter) {
  const int64_t doublings = std::min(failures, kDoublingsMax);
  const absl::Duration full =
      std::min(policy.backoff_most, policy.backoff_least * (int64_t{1} << doublings));
  return full * (0.5 + 0.5 * jitter);
}

absl::string_view ReasonOf(const Answer& answer) {
  switch (answer.kind) {
    case AnswerKind::kNotSent:
      return kUnreachable;
    case AnswerKind::kNoAnswer:
      return kNoAnswer;
    case AnswerKind::kAnswered:
      break;
  }
  const int status = answer.status;
  if (status >= kOk && status < kRedirect) return kDelivered;
  if (status == kTooManyRequests) return kThrottled;
  if (status >= kServerError && answer.retry_after.has_value()) return kThrottled;
  if (status == kRequestTimeout || status == kTooEarly) return kReceiverFailed;
  // A redirect is an address that is wrong: following it would sign for a stranger.
  if (status >= kRedirect && status < kServerError) return kRefused;
  return kReceiverFailed;
}

}  // namespace

DeliveryVerdict JudgeAnswer(const DeliveryPolicy& policy, const Answer& answer, int64_t failures,
                            absl::Duration age, double jitter) {
  DeliveryVerdict verdict{.reason = ReasonOf(answer),
                          .ambiguous = answer.kind == AnswerKind::kNoAnswer};
  if (verdict.reason == kDelivered) {
    verdict.end = DeliveryEnd::kDelivered;
    return verdict;
  }
  if (verdict.reason == kRefused) {
    verdict.end = DeliveryEnd::kGivenUp;
    verdict.failure = true;
    return verdict;
  }
  verdict.failure = verdict.reason != kThrottled;
  if (verdict.failure && failures + 1 >= policy.failures_max) {
    verdict.end = DeliveryEnd::kGivenUp;
    verdict.reason = kAttemptsExhausted;
    return verdict;
  }
  verdict.wait = Backoff(policy, failures, jitter);
  if (answer.retry_after.has_value()) {
    verdict.wait = std::max(verdict.wait, std::min(*answer.retry_after, policy.retry_after_max));
  }
  if (age + verdict.wait > policy.age_max) {
    verdict.end = DeliveryEnd::kGivenUp;
    verdict.reason = kTooOld;
  }
  return verdict;
}

}  // namespace bellwether::alerts
