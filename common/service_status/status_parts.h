// What the status of a service is put together of.
#ifndef BELLWETHER_COMMON_SERVICE_STATUS_STATUS_PARTS_H_
#define BELLWETHER_COMMON_SERVICE_STATUS_STATUS_PARTS_H_

#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/service_status/status_queries.h"
#include "common/store/store.h"
#include "common/stream/status.h"

namespace bellwether::service_status {

// The rows of the service's outbox that have not left.
Part OutboxPart(store::Store& store, const Clock& clock);

struct FoldedTopic {
  std::string processor;
  std::string topic;
};
// How far the partitions of a fold are: those of this process as they stand, the others as their
// owners have committed.
Part FoldPart(FoldedTopic folded, store::Store& store, bus::Bus& bus, const Clock& clock,
              std::function<std::vector<stream::PartitionStatus>()> own);

// How far a reader of a topic is (common/consume), whichever process it is.
Part ReaderPart(std::string reader, std::string topic, store::Store& store, bus::Bus& bus,
                const Clock& clock);

}  // namespace bellwether::service_status

#endif  // BELLWETHER_COMMON_SERVICE_STATUS_STATUS_PARTS_H_
