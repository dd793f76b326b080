#include "common/runtime/probe.h"

#include <stop_token>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::runtime {

Probe::Probe(absl::string_view name, Question question, const Clock& clock)
    : name_(name),
      question_(std::move(question)),
      clock_(clock),
      loop_({.name = absl::StrCat("probe-", name), .backoff_most = kProbeInterval},
            [this](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
              RETURN_IF_ERROR(Ask());
              return kProbeInterval;
            }) {}

absl::Status Probe::Ask() {
  {
    absl::MutexLock lock(&mutex_);
    asked_at_ = clock_.Now();
  }
  absl::Status answer = question_();
  absl::MutexLock lock(&mutex_);
  asked_at_.reset();
  return answer;
}

absl::Status Probe::Ready() const {
  {
    absl::MutexLock lock(&mutex_);
    if (asked_at_.has_value() && clock_.Now() - *asked_at_ > kProbeAnswerMax) {
      return Error(absl::StatusCode::kUnavailable, {"NO_ANSWER", "", ""},
                   absl::StrCat("the ", name_, " does not answer"));
    }
  }
  return loop_.last_status();
}

}  // namespace bellwether::runtime
