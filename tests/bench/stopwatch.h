// How long each of a row of events took, counted from the instant it was due.
#ifndef BELLWETHER_TESTS_BENCH_STOPWATCH_H_
#define BELLWETHER_TESTS_BENCH_STOPWATCH_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace bellwether {

// When which fact was due, and how much later something first came of it. Thread-safe.
class Stopwatch {
 public:
  // Numbers from `first` on, each `gap` after the one before.
  void Begin(int64_t first, int64_t count, absl::Time begin, absl::Duration gap) {
    absl::MutexLock lock(&mutex_);
    first_ = first;
    begin_ = begin;
    gap_ = gap;
    took_.assign(static_cast<size_t>(count), absl::InfiniteDuration());
    seen_ = 0;
  }

  void Stop(int64_t number) {
    const absl::Time now = absl::Now();
    absl::MutexLock lock(&mutex_);
    const int64_t index = number - first_;
    if (index < 0 || index >= static_cast<int64_t>(took_.size())) return;
    absl::Duration& took = took_[static_cast<size_t>(index)];
    if (took != absl::InfiniteDuration()) return;
    took = now - (begin_ + gap_ * index);
    ++seen_;
  }

  int64_t seen() const {
    absl::MutexLock lock(&mutex_);
    return seen_;
  }

  // In milliseconds, sorted; of those something came of.
  std::vector<double> Took() const {
    absl::MutexLock lock(&mutex_);
    std::vector<double> took;
    for (const absl::Duration each : took_) {
      if (each != absl::InfiniteDuration()) took.push_back(absl::ToDoubleMilliseconds(each));
    }
    std::sort(took.begin(), took.end());
    return took;
  }

 private:
  mutable absl::Mutex mutex_;
  int64_t first_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time begin_ ABSL_GUARDED_BY(mutex_);
  absl::Duration gap_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::Duration> took_ ABSL_GUARDED_BY(mutex_);
  int64_t seen_ ABSL_GUARDED_BY(mutex_) = 0;
};

struct Figures {
  double p50 = NAN;
  double p99 = NAN;
  double max = NAN;
  size_t count = 0;
};

inline Figures FiguresOf(const std::vector<double>& sorted) {
  if (sorted.empty()) return {};
  const auto at = [&sorted](double share) {
    const double rank = std::ceil(share * static_cast<double>(sorted.size()));
    return sorted[static_cast<size_t>(rank) - 1];
  };
  return {at(0.5), at(0.99), sorted.back(), sorted.size()};
}

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_STOPWATCH_H_
