// The frames of a round of a benchmark of watchers.
#ifndef BELLWETHER_TESTS_BENCH_WATCH_FRAMES_H_
#define BELLWETHER_TESTS_BENCH_WATCH_FRAMES_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/testing/await.h"
#include "tests/bench/stopwatch.h"
#include "tests/bench/watch_load.h"

namespace bellwether {

// What is still on its way when a round ends is waited for this long, then counted as not seen.
inline constexpr absl::Duration kSettleMax = absl::Seconds(5);

// Those that were read since the round began. Thread-safe.
class Frames {
 public:
  void Begin() {
    absl::MutexLock lock(&mutex_);
    begin_ = absl::ToUnixMicros(absl::Now());
    took_.clear();
    all_ = 0;
    bytes_ = 0;
  }

  // Of a frame that counts, which a fact of this round has caused.
  void Take(absl::string_view json, bool counts) {
    const int64_t now = absl::ToUnixMicros(absl::Now());
    const int64_t due = counts ? DueOf(json) : 0;
    absl::MutexLock lock(&mutex_);
    ++all_;
    bytes_ += static_cast<int64_t>(json.size());
    if (due < begin_) return;
    took_.push_back(static_cast<double>(now - due) * 1e-3);
    if (sample_.empty()) sample_ = std::string(json);
  }

  int64_t seen() const {
    absl::MutexLock lock(&mutex_);
    return static_cast<int64_t>(took_.size());
  }
  // Those that do not come in time are unseen.
  void Await(int64_t expected, absl::Duration longest = kSettleMax) const {
    (void)testing::Await([&] { return seen() >= expected; }, longest);
  }

  // In milliseconds.
  Figures Took() const {
    absl::MutexLock lock(&mutex_);
    std::vector<double> sorted = took_;
    std::sort(sorted.begin(), sorted.end());
    return FiguresOf(sorted);
  }
  int64_t all() const {
    absl::MutexLock lock(&mutex_);
    return all_;
  }
  int64_t bytes() const {
    absl::MutexLock lock(&mutex_);
    return bytes_;
  }
  // One of those that counted, of any round.
  std::string sample() const {
    absl::MutexLock lock(&mutex_);
    return sample_;
  }

 private:
  // The id of the fact that is named last; 0 where there is none of ours.
  static int64_t DueOf(absl::string_view json) {
    static const std::string kCause =
        absl::StrCat("\"source\":\"", WatchLoad::kSource, "\",\"id\":\"");
    const size_t cause = json.rfind(kCause);
    if (cause == absl::string_view::npos) return 0;
    const size_t begin = cause + kCause.size();
    int64_t due = 0;
    return absl::SimpleAtoi(json.substr(begin, json.find('"', begin) - begin), &due) ? due : 0;
  }

  mutable absl::Mutex mutex_;
  int64_t begin_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<int64_t>::max();
  std::vector<double> took_ ABSL_GUARDED_BY(mutex_);
  int64_t all_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string sample_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_WATCH_FRAMES_H_
