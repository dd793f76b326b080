#include "common/outbox/delivery_wave.h"

#include <utility>

#include "common/base/status.h"

namespace bellwether::outbox {

void DeliveryWave::Answer(Shared& shared, size_t index, absl::Status outcome) {
  absl::MutexLock lock(&shared.mutex);
  shared.outcomes[index] = std::move(outcome);
  --shared.pending;
}

void DeliveryWave::Produce(bus::Producer& producer, const std::string& topic, int32_t partition,
                           bus::Message message) {
  size_t index;
  {
    absl::MutexLock lock(&shared_->mutex);
    index = shared_->outcomes.size();
    shared_->outcomes.push_back(Error(absl::StatusCode::kDeadlineExceeded, {"DELIVERY_TIMEOUT"},
                                      "the bus has not acknowledged the message in time"));
    ++shared_->pending;
  }
  absl::Status taken =
      producer.Produce(topic, partition, std::move(message),
                       [shared = shared_, index](absl::StatusOr<bus::Position> delivered) {
                         Answer(*shared, index, delivered.status());
                       });
  if (!taken.ok()) Answer(*shared_, index, std::move(taken));
}

std::vector<absl::Status> DeliveryWave::Wait(absl::Duration wait) {
  absl::MutexLock lock(&shared_->mutex);
  const auto answered = [shared = shared_.get()]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(shared->mutex) {
    return shared->pending == 0;
  };
  shared_->mutex.AwaitWithTimeout(absl::Condition(&answered), wait);
  return shared_->outcomes;
}

}  // namespace bellwether::outbox
