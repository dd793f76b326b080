// Where the log of each partition of a topic ends.
#ifndef BELLWETHER_COMMON_STREAM_LOG_ENDS_H_
#define BELLWETHER_COMMON_STREAM_LOG_ENDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"

namespace bellwether::stream {

// Asks the bus now and then, so that the folding thread need not wait for the answer: it may take a
// while from a bus that is busy, and longer from one that is away.
//
// Works in steps: on a thread of its own between Start and Stop, or stepped by its owner.
class LogEnds {
 public:
  // The references outlive it.
  LogEnds(bus::Bus& bus, std::string topic, absl::Duration interval, const Clock& clock);
  ~LogEnds();
  LogEnds(const LogEnds&) = delete;
  LogEnds& operator=(const LogEnds&) = delete;

  // Thread-safe. The end as of the last answer; none before, and while the bus is away.
  std::optional<int64_t> EndOf(int32_t partition) const;
  // Thread-safe. How the last look went; OK before the first.
  absl::Status status() const;

  // Asks if the interval has passed. Does nothing between Start and Stop.
  void Step();
  void Start();
  void Stop();

 private:
  void Ask();

  bus::Bus& bus_;
  const std::string topic_;
  const absl::Duration interval_;
  const Clock& clock_;

  mutable absl::Mutex mutex_;
  std::vector<int64_t> ends_ ABSL_GUARDED_BY(mutex_);  // by partition; empty while not known
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time asked_at_ = absl::InfinitePast();  // by the stepping thread
  std::thread thread_;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_LOG_ENDS_H_
