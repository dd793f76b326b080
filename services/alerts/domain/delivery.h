// What follows from a receiver's answer to a notification (L6). Pure.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_DELIVERY_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_DELIVERY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::alerts {

struct DeliveryPolicy {
  // Failed attempts after which a delivery is given up; being throttled is no failure.
  int64_t failures_max = 12;
  // One that has failed this often stands in the alert's timeline although it is still tried.
  int64_t failures_until_visible = 3;
  absl::Duration backoff_least = absl::Seconds(1);
  absl::Duration backoff_most = absl::Minutes(10);
  // However often it was throttled, past this age it is given up.
  absl::Duration age_max = absl::Hours(24);
  // A receiver may not put us off for longer than this at a time.
  absl::Duration retry_after_max = absl::Hours(1);
};

enum class AnswerKind : int8_t {
  kAnswered,  // with an HTTP status
  kNotSent,   // certainly not received: no connection
  kNoAnswer,  // sent at least in part, and then silence: may have been received
};

struct Answer {
  AnswerKind kind = AnswerKind::kNotSent;
  int status = 0;
  std::optional<absl::Duration> retry_after;
  std::string detail;  // for people; no secrets
};

enum class DeliveryEnd : int8_t { kDelivered, kRetry, kGivenUp };

struct DeliveryVerdict {
  DeliveryEnd end = DeliveryEnd::kRetry;
  // A named reason; usable as a metric label.
  absl::string_view reason;
  // Whether the receiver has got it is not known.
  bool ambiguous = false;
  bool failure = false;  // counts against failures_max
  absl::Duration wait;   // until the next attempt
};

inline constexpr absl::string_view kDelivered = "DELIVERED";
inline constexpr absl::string_view kRefused = "REFUSED";                 // 4xx: never retried
inline constexpr absl::string_view kThrottled = "THROTTLED";             // 429, or Retry-After
inline constexpr absl::string_view kReceiverFailed = "RECEIVER_FAILED";  // 5xx and the like
inline constexpr absl::string_view kUnreachable = "UNREACHABLE";
inline constexpr absl::string_view kNoAnswer = "NO_ANSWER";
inline constexpr absl::string_view kAttemptsExhausted = "ATTEMPTS_EXHAUSTED";
inline constexpr absl::string_view kTooOld = "TOO_OLD";

// `failures` so far, `age` since the notification was stored, `jitter` in [0, 1).
DeliveryVerdict JudgeAnswer(const DeliveryPolicy& policy, const Answer& answer, int64_t failures,
                            absl::Duration age, double jitter);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_DELIVERY_H_
