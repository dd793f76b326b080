// Records that a reader could not take, kept among the dead letters.
#ifndef BELLWETHER_COMMON_CONSUME_REFUSED_RECORDS_H_
#define BELLWETHER_COMMON_CONSUME_REFUSED_RECORDS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"

namespace bellwether::consume {

// One thread. Outlived by bus and clock.
class RefusedRecords {
 public:
  // `refused_by` names the service in the letters.
  RefusedRecords(bus::Bus& bus, const Clock& clock, std::string topic, std::string refused_by)
      : bus_(bus), clock_(clock), topic_(std::move(topic)), refused_by_(std::move(refused_by)) {}

  // Waits at most `wait` until the letter is durable. Once it has failed the reader begins again
  // before the record, so that it is refused again: at least one letter, perhaps two.
  absl::Status Keep(const bus::Record& record, const absl::Status& why, absl::Duration wait);

 private:
  bus::Bus& bus_;
  const Clock& clock_;
  const std::string topic_;
  const std::string refused_by_;
  std::unique_ptr<bus::Producer> producer_;  // made when first needed
};

}  // namespace bellwether::consume

#endif  // BELLWETHER_COMMON_CONSUME_REFUSED_RECORDS_H_
