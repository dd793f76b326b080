#include "common/log/rate_limit.h"

#include <vector>

namespace bellwether {

std::optional<int64_t> LogGate::Admit() {
  const int64_t now = absl::ToUnixNanos(clock_.Now());
  int64_t next = next_nanos_.load(std::memory_order_relaxed);
  // The thread that moves the instant forward is the one that logs.
  if (now < next ||
      !next_nanos_.compare_exchange_strong(next, now + absl::ToInt64Nanoseconds(interval_),
                                           std::memory_order_relaxed)) {
    held_back_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return held_back_.exchange(0, std::memory_order_relaxed);
}

void LogLimited(LogGate& gate, LogLevel level, absl::string_view message, LogFields fields) {
  const std::optional<int64_t> held_back = gate.Admit();
  if (!held_back.has_value()) return;
  std::vector<LogField> all(fields);
  all.emplace_back("held_back", *held_back);
  LogLine(level, message, all);
}

}  // namespace bellwether
