#include "services/gateway/domain/record_ledger.h"

#include <algorithm>

namespace bellwether::gateway {

void RecordLedger::Take(int64_t offset) {
  open_.push_back({offset});
  next_offset_ = offset + 1;
}

void RecordLedger::Answer(int64_t offset) {
  const auto found =
      std::lower_bound(open_.begin(), open_.end(), offset,
                       [](const Taken& taken, int64_t wanted) { return taken.offset < wanted; });
  found->answered = true;
  while (!open_.empty() && open_.front().answered) open_.pop_front();
}

}  // namespace bellwether::gateway
