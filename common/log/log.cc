#include "common/log/log.h"

#include <memory>
#include <mutex>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/json/writer.h"
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

struct ValueWriter {
  json::Writer& line;
  void operator()(const std::string& text) const { line.Text(text); }
  void operator()(int64_t number) const { line.Integer(number); }
  void operator()(bool truth) const { line.Bool(truth); }
  void operator()(double number) const { line.Number(number); }
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
  json::Writer line;
  line.BeginObject();
  line.Name("ts").Text(absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone()));
  line.Name("level").Text(NameOf(level)).Name("service").Text(service);
  line.Name("message").Text(message);
  for (const LogField& field : fields) {
    line.Name(field.name);
    std::visit(ValueWriter{line}, field.value);
  }
  if (CurrentTrace().valid()) line.Name("trace_id").Text(CurrentTrace().TraceIdHex());
  line.EndObject();
  return std::move(line).Take();
}

std::string JsonString(absl::string_view text) {
  json::Writer json;
  json.Text(text);
  return std::move(json).Take();
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
