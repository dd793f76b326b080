// What records of the journal mean, by version (docs/adr/0020).
//
// A change of what old records mean takes effect at a `semantics_changed` record: what lies before
// it is read as before, so that a replay of a journal comes to what was shown.
#ifndef BELLWETHER_COMMON_JOURNAL_SEMANTICS_H_
#define BELLWETHER_COMMON_JOURNAL_SEMANTICS_H_

#include <cstdint>

#include "common/bus/bus.h"

namespace bellwether::journal {

enum class Semantics : int32_t {
  // Before there was a record.
  kFirst = 1,
  // A negative order is a refund, no purchase. An unset duration of a case is not known and follows
  // from the case's own facts. A fact's content is what its source said, without what was derived.
  kWhatSourcesSaid = 2,
};
inline constexpr Semantics kNewestSemantics = Semantics::kWhatSourcesSaid;

// Lies at the very beginning of stream time, wherever it is in the journal.
bus::Message EncodeSemantics(int32_t partition, Semantics semantics);

}  // namespace bellwether::journal

#endif  // BELLWETHER_COMMON_JOURNAL_SEMANTICS_H_
