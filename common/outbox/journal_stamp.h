// Stamps rows of the journal by what the journal says of itself.
#ifndef BELLWETHER_COMMON_OUTBOX_JOURNAL_STAMP_H_
#define BELLWETHER_COMMON_OUTBOX_JOURNAL_STAMP_H_

#include <cstdint>
#include <memory>

#include "common/bus/bus.h"
#include "common/outbox/stamp.h"

namespace bellwether::outbox {

// A journal without a live tick is empty or a past being built: rows are recorded when their change
// happened, so that they precede the facts of that past. From its first live tick on it is live for
// good (nobody may build a past then), and rows are recorded when they are sent. Every process sees
// the same ticks, so none has to be told the phase by another.
//
// Ticks come to every partition in the same round: one is watched. Outlived by the bus.
class JournalStamp : public StampPolicy {
 public:
  explicit JournalStamp(bus::Bus& bus) : bus_(bus) {}

  // Reads on to the present end of the journal, until it is live. Blocks. The bus's failures.
  absl::Status Prepare() override;
  Stamp StampOf(absl::Time now, absl::Time change_time) const override;

 private:
  absl::Status Look();
  absl::Status ReadTo(int64_t end);

  bus::Bus& bus_;
  bool live_ = false;
  // Until it is live; null before the first look and after a failed one.
  std::unique_ptr<bus::Reader> reader_;
  int64_t next_ = 0;
  bool tick_seen_ = false;
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_JOURNAL_STAMP_H_
