// Nothing is sent before what was in the log at start is decided.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_START_BARRIER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_START_BARRIER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/bus/bus.h"
#include "common/store/store.h"
#include "common/stream/offsets_table.h"

namespace bellwether::alerts {

// After an outage the signals that end an alert may lie behind those that raise it: sending begins
// once every partition, wherever it is folded, is committed up to where its log ended when this
// process started, and is not being folded again. Once passed, passed for good. One thread.
class StartBarrier {
 public:
  StartBarrier(bus::Bus& bus, store::Store& store, std::string topic, std::string processor)
      : bus_(bus), store_(store), topic_(std::move(topic)), offsets_(std::move(processor)) {}

  absl::StatusOr<bool> Passed();

 private:
  absl::Status NoteEnds();

  bus::Bus& bus_;
  store::Store& store_;
  const std::string topic_;
  const stream::OffsetsTable offsets_;
  std::vector<int64_t> ends_;  // by partition; empty until noted
  bool passed_ = false;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_START_BARRIER_H_
