#include "common/log/log.h"

#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/log/trace.h"
#include "spdlog/sinks/base_sink.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace bellwether {
namespace {

absl::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

void AppendJsonString(absl::string_view text, std::string& out) {
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned>(c));
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

struct ValueAppender {
  std::string& out;
  void operator()(const std::string& text) const { AppendJsonString(text, out); }
  void operator()(int64_t number) const { absl::StrAppend(&out, number); }
  void operator()(bool truth) const { out.append(truth ? "true" : "false"); }
  // JSON has no infinities.
  void operator()(double number) const {
    if (std::isfinite(number)) {
      absl::StrAppend(&out, number);
    } else {
      out.append("null");
    }
  }
};

class CaptureSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit CaptureSink(absl::AnyInvocable<void(absl::string_view)> sink) : sink_(std::move(sink)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    sink_(absl::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}

  absl::AnyInvocable<void(absl::string_view)> sink_;
};

// What Log writes through. Leaked, so that threads may log until the process is gone.
struct Destination {
  absl::Mutex mutex;
  std::string service ABSL_GUARDED_BY(mutex) = "bellwether";
  std::shared_ptr<spdlog::logger> logger ABSL_GUARDED_BY(mutex);

  static Destination& Get() {
    static Destination& destination = *new Destination;
    return destination;
  }

  Destination() { logger = NewLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>()); }

  static std::shared_ptr<spdlog::logger> NewLogger(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("bellwether", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::info);
    return logger;
  }
};

}  // namespace

void ConfigureLog(absl::string_view service, LogLevel level) {
  Destination& destination = Destination::Get();
  absl::MutexLock lock(&destination.mutex);
  destination.service = std::string(service);
  destination.logger->set_level(SpdlogLevel(level));
}

bool ParseLogLevel(absl::string_view text, LogLevel& level) {
  for (const LogLevel candidate :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (text == NameOf(candidate)) {
      level = candidate;
      return true;
    }
  }
  return false;
}

std::string FormatLogLine(absl::Time time, LogLevel level, absl::string_view service,
                          absl::string_view message, absl::Span<const LogField> fields) {
  std::string line = absl::StrCat(
      "{\"ts\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone()),
      "\",\"level\":\"", NameOf(level), "\",\"service\":");
  AppendJsonString(service, line);
  line.append(",\"message\":");
  AppendJsonString(message, line);
  for (const LogField& field : fields) {
    line.push_back(',');
    AppendJsonString(field.name, line);
    line.push_back(':');
    std::visit(ValueAppender{line}, field.value);
  }
  if (CurrentTrace().valid()) {
    absl::StrAppend(&line, ",\"trace_id\":\"", CurrentTrace().TraceIdHex(), "\"");
  }
  line.push_back('}');
  return line;
}

std::string JsonString(absl::string_view text) {
  std::string json;
  AppendJsonString(text, json);
  return json;
}

void LogLine(LogLevel level, absl::string_view message, absl::Span<const LogField> fields) {
  Destination& destination = Destination::Get();
  std::shared_ptr<spdlog::logger> logger;
  std::string service;
  {
    absl::MutexLock lock(&destination.mutex);
    if (!destination.logger->should_log(SpdlogLevel(level))) return;
    logger = destination.logger;
    service = destination.service;
  }
  const std::string line = FormatLogLine(Clock::System().Now(), level, service, message, fields);
  logger->log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

LogCapture::LogCapture(absl::AnyInvocable<void(absl::string_view)> sink) {
  Destination& destination = Destination::Get();
  absl::MutexLock lock(&destination.mutex);
  destination.logger = Destination::NewLogger(std::make_shared<CaptureSink>(std::move(sink)));
  destination.logger->set_level(spdlog::level::debug);
}

LogCapture::~LogCapture() {
  Destination& destination = Destination::Get();
  absl::MutexLock lock(&destination.mutex);
  destination.logger = Destination::NewLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

}  // namespace bellwether
