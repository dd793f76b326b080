#include "common/bus/kafka_client_closer.h"

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::bus {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);

}  // namespace

KafkaClientCloser& KafkaClientCloser::Instance() {
  static auto* const instance = new KafkaClientCloser;
  return *instance;
}

KafkaClientCloser::KafkaClientCloser(absl::Duration end_max)
    : end_max_(end_max),
      loop_({.name = "kafka-closer"}, [this](const std::stop_token&) { return JoinEnded(); }) {
  loop_.Start();
}

KafkaClientCloser::~KafkaClientCloser() { AwaitEmpty(absl::InfiniteDuration()); }

void KafkaClientCloser::Close(absl::AnyInvocable<void()> end) {
  {
    absl::MutexLock lock(&mu_);
    Closing& closing = closing_.emplace_back(end_max_);
    closing.thread = std::thread([this, &closing, end = std::move(end)]() mutable {
      end();
      {
        absl::MutexLock ended(&mu_);
        closing.ended = true;
      }
      loop_.Wake();
    });
  }
  loop_.Wake();
}

absl::Status KafkaClientCloser::CheckRoom() const {
  absl::MutexLock lock(&mu_);
  if (closing_.size() < kMembersMax) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {"GROUP_MEMBERS_DO_NOT_END", "", ""},
               "too many clients of former group members have not ended to make another");
}

bool KafkaClientCloser::AwaitEmpty(absl::Duration patience) {
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(this, &KafkaClientCloser::Empty), patience);
}

absl::Duration KafkaClientCloser::JoinEnded() {
  absl::MutexLock lock(&mu_);
  for (auto closing = closing_.begin(); closing != closing_.end();) {
    if (closing->ended) {
      closing->thread.join();
      closing = closing_.erase(closing);
      continue;
    }
    if (!closing->logged && closing->deadline.passed()) {
      closing->logged = true;
      LogWarning("kafka group member does not end; it may keep its partitions for minutes",
                 {{"after", end_max_}, {"not_ended", closing_.size()}});
    }
    ++closing;
  }
  return closing_.empty() ? absl::InfiniteDuration() : kLookInterval;
}

}  // namespace bellwether::bus
