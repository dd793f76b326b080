// The accounts or opportunities of a plan, in the order in which they are made: on disk where
// memory does not do.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_CREATES_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_CREATES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/spill/sorted_spill.h"
#include "services/imports/application/message_fields.h"
#include "services/imports/application/row_accounts.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

// Of the requests of one kind that wait to be made.
inline constexpr size_t kCreateSpillBytes = 8 << 20;

// Filled, sorted, then read from its beginning as often as wanted. One thread.
template <typename Request>
class PlannedCreates {
 public:
  PlannedCreates() : spill_(std::make_unique<spill::SortedSpill>(kCreateSpillBytes)) {}

  // Lower orders first; those of one order as they were added.
  absl::Status Add(const Request& request, int64_t order, const RowPlace& place) {
    std::string key;
    AppendSortable(order, key);
    std::string bytes;
    AppendInteger(place.file, bytes);
    AppendInteger(place.line, bytes);
    request.AppendToString(&bytes);
    return spill_->Add(key, bytes);
  }
  // No more is added.
  absl::Status Sort() { return spill_->Sort(); }

  int64_t size() const { return spill_->size(); }
  bool empty() const { return size() == 0; }

  // To the beginning.
  void Rewind() { spill_->Rewind(); }
  // False at the end, or where they cannot be read: status().
  bool Next(Request& request, RowPlace* place = nullptr) {
    absl::string_view key;
    absl::string_view bytes;
    if (!spill_->Next(key, bytes)) return false;
    RowPlace at;
    at.file = static_cast<int>(TakeInteger(bytes));
    at.line = TakeInteger(bytes);
    if (place != nullptr) *place = at;
    request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (shift_ != absl::ZeroDuration()) {
      ForEachTimestamp(request, [&](google::protobuf::Message& timestamp) {
        SetTime(timestamp, ToTime(timestamp) + shift_);
      });
    }
    return true;
  }
  const absl::Status& status() const { return spill_->status(); }

  // Moves every time of every request by whole days.
  void ShiftDays(int64_t days) { shift_ += absl::Hours(24 * days); }

 private:
  std::unique_ptr<spill::SortedSpill> spill_;
  absl::Duration shift_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_PLANNED_CREATES_H_
