#include "services/alerts/adapters/start_barrier.h"

#include <optional>

#include "common/base/status.h"

namespace bellwether::alerts {

absl::Status StartBarrier::NoteEnds() {
  ASSIGN_OR_RETURN(ends_, bus_.Ends(topic_));
  return absl::OkStatus();
}

absl::StatusOr<bool> StartBarrier::Passed() {
  if (passed_) return true;
  if (ends_.empty()) RETURN_IF_ERROR(NoteEnds());
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  for (size_t partition = 0; partition < ends_.size(); ++partition) {
    if (ends_[partition] == 0) continue;
    ASSIGN_OR_RETURN(const std::optional<stream::OffsetsRow> row,
                     offsets_.Read(store_, *transaction, static_cast<int32_t>(partition),
                                   /*lock=*/false));
    if (!row.has_value() || row->fold_back_until.has_value() ||
        row->next_offset < ends_[partition]) {
      return false;
    }
  }
  passed_ = true;
  return true;
}

}  // namespace bellwether::alerts
