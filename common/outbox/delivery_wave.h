// Messages that are on their way together.
#ifndef BELLWETHER_COMMON_OUTBOX_DELIVERY_WAVE_H_
#define BELLWETHER_COMMON_OUTBOX_DELIVERY_WAVE_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"

namespace bellwether::outbox {

// Collects the outcome of each message produced. Answers of the bus that come after the wait, or
// after the wave is gone, are dropped. One thread produces and waits; the bus answers on any.
class DeliveryWave {
 public:
  DeliveryWave() : shared_(std::make_shared<Shared>()) {}

  void Produce(bus::Producer& producer, const std::string& topic, int32_t partition,
               bus::Message message);

  // The outcome of each message, in the order produced. DEADLINE_EXCEEDED for those the bus has not
  // answered for within `wait`: they may still be written.
  std::vector<absl::Status> Wait(absl::Duration wait);

 private:
  struct Shared {
    absl::Mutex mutex;
    std::vector<absl::Status> outcomes ABSL_GUARDED_BY(mutex);
    size_t pending ABSL_GUARDED_BY(mutex) = 0;
  };
  static void Answer(Shared& shared, size_t index, absl::Status outcome);

  std::shared_ptr<Shared> shared_;
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_DELIVERY_WAVE_H_
