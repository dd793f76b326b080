// Messages that are on their way.
#ifndef BELLWETHER_COMMON_OUTBOX_DELIVERIES_H_
#define BELLWETHER_COMMON_OUTBOX_DELIVERIES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/bus/bus.h"

namespace bellwether::outbox {

// Remembers every message given to the bus until its answer has been taken, so that one who stops
// waiting does not give the bus another copy while it still has the first. One thread produces and
// waits; the bus answers on any, also when all this is gone.
class Deliveries {
 public:
  Deliveries() : shared_(std::make_shared<Shared>()) {}

  // Whether the message of that id was produced and its answer not taken yet.
  bool UnderWay(int64_t id) const;

  // `id` is not under way.
  void Produce(bus::Producer& producer, int64_t id, const std::string& topic, int32_t partition,
               bus::Message message);

  // Takes the answers to these, all under way, in their order. DEADLINE_EXCEEDED where the bus has
  // not answered within `wait`: the message stays under way and may still be written.
  std::vector<absl::Status> Wait(absl::Span<const int64_t> ids, absl::Duration wait);

  // Drops answers to ids below `first` that nobody will ask for any more.
  void ForgetBefore(int64_t first);

 private:
  struct Shared {
    absl::Mutex mutex;
    // Of every message under way; nothing until the bus has answered.
    absl::flat_hash_map<int64_t, std::optional<absl::Status>> answers ABSL_GUARDED_BY(mutex);
    // What is waited for and not answered.
    absl::flat_hash_set<int64_t> awaited ABSL_GUARDED_BY(mutex);
  };
  static void Answer(Shared& shared, int64_t id, absl::Status answer);

  std::shared_ptr<Shared> shared_;
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_DELIVERIES_H_
