#include "common/bus/kafka_graveyard.h"

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::bus {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(1);

}  // namespace

KafkaGraveyard& KafkaGraveyard::Instance() {
  static auto* const instance = new KafkaGraveyard;
  return *instance;
}

KafkaGraveyard::KafkaGraveyard(absl::Duration end_max)
    : end_max_(end_max),
      keeper_({.name = "kafka-graves"}, [this](const std::stop_token&) { return Keep(); }) {
  keeper_.Start();
}

KafkaGraveyard::~KafkaGraveyard() { AwaitEmpty(absl::InfiniteDuration()); }

void KafkaGraveyard::Bury(absl::AnyInvocable<void()> end) {
  {
    absl::MutexLock lock(&mu_);
    Grave& grave = graves_.emplace_back(end_max_);
    grave.thread = std::thread([this, &grave, end = std::move(end)]() mutable {
      end();
      {
        absl::MutexLock ended(&mu_);
        grave.ended = true;
      }
      keeper_.Wake();
    });
  }
  keeper_.Wake();
}

absl::Status KafkaGraveyard::CheckRoom() const {
  absl::MutexLock lock(&mu_);
  if (graves_.size() < kMembersMax) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {"GROUP_MEMBERS_DO_NOT_END", "", ""},
               "too many clients of former group members have not ended to make another");
}

bool KafkaGraveyard::AwaitEmpty(absl::Duration patience) {
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(this, &KafkaGraveyard::Empty), patience);
}

absl::Duration KafkaGraveyard::Keep() {
  absl::MutexLock lock(&mu_);
  for (auto grave = graves_.begin(); grave != graves_.end();) {
    if (grave->ended) {
      grave->thread.join();
      grave = graves_.erase(grave);
      continue;
    }
    if (!grave->told && grave->deadline.passed()) {
      grave->told = true;
      LogWarning("kafka group member does not end; it may keep its partitions for minutes",
                 {{"after", end_max_}, {"not_ended", graves_.size()}});
    }
    ++grave;
  }
  return graves_.empty() ? absl::InfiniteDuration() : kLookInterval;
}

}  // namespace bellwether::bus
