// Keeps a line that could be written a thousand times a second to one per interval.
#ifndef BELLWETHER_COMMON_LOG_RATE_LIMIT_H_
#define BELLWETHER_COMMON_LOG_RATE_LIMIT_H_

#include <atomic>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/log/log.h"

namespace bellwether {

// One per place that logs: a member, or a function's static. Thread-safe.
//
//   static LogGate gate(absl::Seconds(10));
//   LogLimited(gate, LogLevel::kWarning, "bus is away", {{"status", status}});
class LogGate {
 public:
  explicit LogGate(absl::Duration interval, const Clock& clock = Clock::System())
      : interval_(interval), clock_(clock) {}

  // The number of lines held back since the last one let through, or nothing if this one is to be
  // held back too.
  std::optional<int64_t> Admit();

 private:
  const absl::Duration interval_;
  const Clock& clock_;
  std::atomic<int64_t> next_nanos_{INT64_MIN};
  std::atomic<int64_t> held_back_{0};
};

// Writes the line, with a field `held_back`, unless one went through `gate` an interval ago or
// less.
void LogLimited(LogGate& gate, LogLevel level, absl::string_view message, LogFields fields = {});

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_LOG_RATE_LIMIT_H_
