// The answers to the events of one call.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_GATHERED_ANSWERS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_GATHERED_ANSWERS_H_

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/journal_failure.h"

namespace bellwether::gateway {

// Shared with the events in flight, which may outlive the call. Thread-safe.
class GatheredAnswers {
 public:
  explicit GatheredAnswers(size_t events) : answers_(events), left_(events) {}

  // Once for each event.
  void Set(size_t index, absl::StatusOr<Answer> answer) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    if (answer.ok()) {
      answers_[index] = *std::move(answer);
    } else {
      failure_.Update(JournalUnavailable(answer.status()));
    }
    --left_;
  }

  // The answers in the order of the events, once all are there; an error where nobody knows what
  // became of one. Once.
  absl::StatusOr<std::vector<Answer>> Await(absl::Duration wait_max) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const auto complete = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return left_ == 0; };
    if (!mu_.AwaitWithTimeout(absl::Condition(&complete), wait_max)) return JournalTooSlow();
    if (!failure_.ok()) return failure_;
    return std::move(answers_);
  }

 private:
  absl::Mutex mu_;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mu_);
  size_t left_ ABSL_GUARDED_BY(mu_);
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_GATHERED_ANSWERS_H_
