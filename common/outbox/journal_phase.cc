#include "common/outbox/journal_phase.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/bus/topics.h"

namespace bellwether::outbox {
namespace {

constexpr int32_t kPartition = 0;
// The last tick of a journal is almost always among so many of its last records; if not, the look
// goes back further, so many times as far.
constexpr int64_t kLookBack = 1'000;
constexpr int64_t kLookBackFactor = 8;
constexpr size_t kReadRecords = 1'000;
constexpr absl::Duration kReadWaitMax = absl::Seconds(1);

}  // namespace

absl::StatusOr<bool> JournalPhase::IsLive() {
  if (live_) return true;
  absl::MutexLock lock(&mutex_);
  const absl::Status looked = Look();
  if (live_ || !looked.ok()) reader_.reset();
  RETURN_IF_ERROR(looked);
  return live_.load();
}

absl::Status JournalPhase::Look() {
  ASSIGN_OR_RETURN(const bus::OffsetRange range, bus_.Offsets(bus::kJournalTopic, kPartition));
  for (int64_t back = kLookBack; reader_ == nullptr; back *= kLookBackFactor) {
    next_ = std::max(range.first, range.end - back);
    const bool whole = next_ == range.first;
    tick_seen_ = false;
    ASSIGN_OR_RETURN(reader_, bus_.NewReader(bus::kJournalTopic, kPartition, next_));
    RETURN_IF_ERROR(ReadTo(range.end));
    if (!tick_seen_ && !whole) reader_.reset();
  }
  return ReadTo(range.end);
}

absl::Status JournalPhase::ReadTo(int64_t end) {
  while (next_ < end && !live_) {
    ASSIGN_OR_RETURN(const bus::RecordBatch batch, reader_->Read(kReadRecords, kReadWaitMax));
    if (batch.empty()) {
      return Error(absl::StatusCode::kUnavailable, {"JOURNAL_UNREAD"},
                   "whether the journal is live cannot be read");
    }
    for (const bus::Record& record : batch.records) {
      next_ = record.offset + 1;
      if (record.HeaderOr(bus::kHeaderType) != bus::kTypeTick) continue;
      tick_seen_ = true;
      if (record.HeaderOr(bus::kHeaderBackfill) != "1") live_ = true;
    }
  }
  return absl::OkStatus();
}

}  // namespace bellwether::outbox
