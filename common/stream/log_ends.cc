#include "common/stream/log_ends.h"

#include <pthread.h>

#include <utility>

namespace bellwether::stream {

LogEnds::LogEnds(bus::Bus& bus, std::string topic, absl::Duration interval, const Clock& clock)
    : bus_(bus), topic_(std::move(topic)), interval_(interval), clock_(clock) {}

LogEnds::~LogEnds() { Stop(); }

std::optional<int64_t> LogEnds::EndOf(int32_t partition) const {
  absl::MutexLock lock(&mutex_);
  const auto index = static_cast<size_t>(partition);
  return index < ends_.size() ? std::optional<int64_t>(ends_[index]) : std::nullopt;
}

absl::Status LogEnds::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

void LogEnds::Ask() {
  absl::StatusOr<std::vector<int64_t>> ends = bus_.Ends(topic_);
  absl::MutexLock lock(&mutex_);
  status_ = ends.status();
  ends_ = std::move(ends).value_or(std::vector<int64_t>());
}

void LogEnds::Step() {
  if (thread_.joinable()) return;
  const absl::Time now = clock_.Now();
  if (now - asked_at_ < interval_) return;
  asked_at_ = now;
  Ask();
}

void LogEnds::Start() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "log-ends");
    while (true) {
      Ask();
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) return;
    }
  });
}

void LogEnds::Stop() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
  thread_ = std::thread();
}

}  // namespace bellwether::stream
