// Stamps rows of the journal by what the journal says of itself.
#ifndef BELLWETHER_COMMON_OUTBOX_JOURNAL_STAMP_H_
#define BELLWETHER_COMMON_OUTBOX_JOURNAL_STAMP_H_

#include <memory>
#include <utility>

#include "common/bus/bus.h"
#include "common/outbox/journal_phase.h"
#include "common/outbox/stamp.h"

namespace bellwether::outbox {

// While a journal is not live, rows are recorded when their change happened, so that they precede
// the facts of that past, but not before the epoch, at which every past begins with its models;
// from then on when they are sent. Outlived by the bus.
class JournalStamp : public StampPolicy {
 public:
  explicit JournalStamp(bus::Bus& bus) : JournalStamp(std::make_shared<JournalPhase>(bus)) {}
  // Looks at the journal together with others.
  explicit JournalStamp(std::shared_ptr<JournalPhase> phase) : phase_(std::move(phase)) {}

  // Blocks. The bus's failures.
  absl::Status Prepare() override;
  Stamp StampOf(absl::Time now, absl::Time change_time) const override;

 private:
  const std::shared_ptr<JournalPhase> phase_;
  bool live_ = false;
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_JOURNAL_STAMP_H_
