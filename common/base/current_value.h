// A value that may be replaced while it is in use.
#ifndef BELLWETHER_COMMON_BASE_CURRENT_VALUE_H_
#define BELLWETHER_COMMON_BASE_CURRENT_VALUE_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace bellwether {

// Thread-safe.
template <typename T>
class CurrentValue {
 public:
  using Value = T;
  // OK where `next` may take the place of `now`, else why not.
  using MayFollow = absl::Status (*)(const T& now, const T& next);

  CurrentValue(T value, MayFollow may_follow)
      : may_follow_(may_follow), value_(std::make_shared<const T>(std::move(value))) {}

  // Stays as it is while it is held: what belongs together is done by one of them.
  std::shared_ptr<const T> Now() const {
    absl::ReaderMutexLock lock(&mutex_);
    return value_;
  }

  absl::Status Replace(T value) {
    auto next = std::make_shared<const T>(std::move(value));
    absl::MutexLock lock(&mutex_);
    if (absl::Status refused = may_follow_(*value_, *next); !refused.ok()) return refused;
    value_ = std::move(next);
    return absl::OkStatus();
  }

 private:
  const MayFollow may_follow_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mutex_);  // never null
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_CURRENT_VALUE_H_
