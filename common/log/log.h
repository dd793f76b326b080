// The log: one JSON object a line on standard error.
//
//   LogInfo("checkpoint committed", {{"partition", 3}, {"offset", offset}});
//   {"ts":"2026-11-21T08:00:00.123456Z","level":"info","service":"health","message":"checkpoint
//   committed","partition":3,"offset":42,"trace_id":"4bf9…"}
//
// `message` is a constant: what varies goes into fields, so that lines can be counted. Secrets and
// personal fields never go into either. Thread-safe; usable before ConfigureLog (level info).
#ifndef BELLWETHER_COMMON_LOG_LOG_H_
#define BELLWETHER_COMMON_LOG_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace bellwether {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One member of a log line beside the fixed ones; those names (ts, level, service, message,
// trace_id) are taken.
struct LogField {
  LogField(absl::string_view name, absl::string_view text) : name(name), value(std::string(text)) {}
  LogField(absl::string_view name, const char* text) : name(name), value(std::string(text)) {}
  LogField(absl::string_view name, const std::string& text) : name(name), value(text) {}
  LogField(absl::string_view name, bool truth) : name(name), value(truth) {}
  LogField(absl::string_view name, double number) : name(name), value(number) {}
  LogField(absl::string_view name, const absl::Status& status)
      : name(name), value(status.ToString()) {}
  LogField(absl::string_view name, absl::Duration duration)
      : name(name), value(absl::FormatDuration(duration)) {}
  template <typename Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
  LogField(absl::string_view name, Integer number)
      : name(name), value(static_cast<int64_t>(number)) {}

  absl::string_view name;
  std::variant<std::string, int64_t, double, bool> value;
};

using LogFields = std::initializer_list<LogField>;

// Call once, before other threads log.
void ConfigureLog(absl::string_view service, LogLevel level);

// "debug", "info", "warning" or "error"; nothing else.
bool ParseLogLevel(absl::string_view text, LogLevel& level);

// Fields that are put together at run time.
void LogLine(LogLevel level, absl::string_view message, absl::Span<const LogField> fields);

inline void Log(LogLevel level, absl::string_view message, LogFields fields = {}) {
  LogLine(level, message, absl::Span<const LogField>(fields.begin(), fields.size()));
}
inline void LogDebug(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}
inline void LogInfo(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kError, message, fields);
}

// The line Log would write, without the line break.
std::string FormatLogLine(absl::Time time, LogLevel level, absl::string_view service,
                          absl::string_view message, absl::Span<const LogField> fields);

// Sends the lines to `sink` instead of standard error until destroyed. For tests; one at a time.
class LogCapture {
 public:
  explicit LogCapture(absl::AnyInvocable<void(absl::string_view line)> sink);
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_LOG_LOG_H_
