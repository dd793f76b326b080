// The facts of a plan, in the order of time: on disk where memory does not do.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_FACTS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_FACTS_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/spill/sorted_spill.h"
#include "services/imports/application/row_accounts.h"

namespace bellwether::imports {

// Of the facts that wait to be sent.
inline constexpr size_t kFactSpillBytes = 48 << 20;

// Filled, sorted, then read from its beginning as often as wanted. One thread.
class PlannedFacts {
 public:
  PlannedFacts() : spill_(std::make_unique<spill::SortedSpill>(kFactSpillBytes)) {}

  absl::Status Add(const events::v1::FactEvent& event, const RowPlace& place);
  // No more is added. Facts of one instant stay in the order of their rows.
  absl::Status Sort() { return spill_->Sort(); }

  int64_t size() const { return spill_->size(); }
  bool empty() const { return size() == 0; }

  // To the beginning.
  void Rewind() { spill_->Rewind(); }
  // False at the end, or where they cannot be read: status().
  bool Next(events::v1::FactEvent& event, RowPlace* place = nullptr);
  const absl::Status& status() const { return spill_->status(); }

  // Moves every time of every fact by whole days.
  void ShiftDays(int64_t days) { shift_ += absl::Hours(24 * days); }

 private:
  std::unique_ptr<spill::SortedSpill> spill_;
  absl::Duration shift_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_FACTS_H_
