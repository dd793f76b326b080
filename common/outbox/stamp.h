// When the rows of an outbox count as recorded.
#ifndef BELLWETHER_COMMON_OUTBOX_STAMP_H_
#define BELLWETHER_COMMON_OUTBOX_STAMP_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace bellwether::outbox {

// How a row enters its topic.
struct Stamp {
  absl::Time recorded_at;
  bool backfill = false;  // builds a past: what is decided from it is stored, never notified

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

// Belongs to one relay and is used on its thread.
class StampPolicy {
 public:
  virtual ~StampPolicy() = default;

  // Before each batch. While it fails nothing is sent.
  virtual absl::Status Prepare() { return absl::OkStatus(); }
  virtual Stamp StampOf(absl::Time now, absl::Time change_time) const = 0;
};

// For topics that are always live: recorded when sent.
class StampNow final : public StampPolicy {
 public:
  Stamp StampOf(absl::Time now, absl::Time /*change_time*/) const override {
    return {.recorded_at = now};
  }
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_STAMP_H_
