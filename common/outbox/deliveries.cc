#include "common/outbox/deliveries.h"

#include <utility>

#include "common/base/status.h"

namespace bellwether::outbox {

void Deliveries::Answer(Shared& shared, int64_t id, absl::Status answer) {
  absl::MutexLock lock(&shared.mutex);
  shared.answers[id] = std::move(answer);
  shared.awaited.erase(id);
}

bool Deliveries::UnderWay(int64_t id) const {
  absl::MutexLock lock(&shared_->mutex);
  return shared_->answers.contains(id);
}

void Deliveries::Produce(bus::Producer& producer, int64_t id, const std::string& topic,
                         int32_t partition, bus::Message message) {
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->answers.emplace(id, std::nullopt);
  }
  absl::Status taken =
      producer.Produce(topic, partition, std::move(message),
                       [shared = shared_, id](absl::StatusOr<bus::Position> delivered) {
                         Answer(*shared, id, delivered.status());
                       });
  if (!taken.ok()) Answer(*shared_, id, std::move(taken));
}

std::vector<absl::Status> Deliveries::Wait(absl::Span<const int64_t> ids, absl::Duration wait) {
  Shared& shared = *shared_;
  absl::MutexLock lock(&shared.mutex);
  shared.awaited.clear();
  for (const int64_t id : ids) {
    if (!shared.answers[id].has_value()) shared.awaited.insert(id);
  }
  const auto answered = [&shared]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(shared.mutex) {
    return shared.awaited.empty();
  };
  shared.mutex.AwaitWithTimeout(absl::Condition(&answered), wait);
  std::vector<absl::Status> outcomes;
  outcomes.reserve(ids.size());
  for (const int64_t id : ids) {
    const auto answer = shared.answers.find(id);
    if (!answer->second.has_value()) {
      outcomes.push_back(Error(absl::StatusCode::kDeadlineExceeded, {"DELIVERY_TIMEOUT"},
                               "the bus has not acknowledged the message in time"));
      continue;
    }
    outcomes.push_back(*std::move(answer->second));
    shared.answers.erase(answer);
  }
  return outcomes;
}

void Deliveries::ForgetBefore(int64_t first) {
  absl::MutexLock lock(&shared_->mutex);
  absl::erase_if(shared_->answers, [first](const auto& message) {
    return message.first < first && message.second.has_value();
  });
}

}  // namespace bellwether::outbox
