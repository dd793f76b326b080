// An account's records in order, from sealed segments and the open end of the journal.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_HISTORY_STORE_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_HISTORY_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/store/store.h"
#include "common/stream/stream_time.h"
#include "services/health/adapters/history/history_block.h"
#include "services/health/adapters/history/journal_item_reader.h"
#include "services/health/application/account_history.h"

namespace bellwether::health {

struct HistoryPorts {
  bus::Bus* bus = nullptr;
  store::Store* store = nullptr;
  std::string topic;       // the journal
  int32_t partitions = 0;  // of the journal
  // Only tests choose another.
  int64_t segment_offsets = kSegmentOffsets;

  int64_t SegmentOf(int64_t offset) const { return offset / segment_offsets; }
  int64_t FirstOffsetOf(int64_t segment) const { return segment * segment_offsets; }
};

// Where sealed history of a partition ends, at or before some offset.
struct SealedEnd {
  int64_t next_offset = 0;
  // Stream time after the last sealed record.
  stream::StreamTime time;
  int64_t last_segment = -1;
};
absl::StatusOr<SealedEnd> ReadSealedEnd(const HistoryPorts& ports, store::Transaction& transaction,
                                        int32_t partition, int64_t until_offset = INT64_MAX);

// The account's segment before the one being sealed.
using PreviousSegments = absl::flat_hash_map<std::string, int64_t>;

// Seals a segment whose records are all in the journal: reads them again, recomputing the stream
// time of each, and writes the blocks. Part of the checkpoint that moves past the segment, on the
// committing thread; may be repeated.
absl::Status SealSegment(const HistoryPorts& ports, int32_t partition, int64_t segment,
                         const PreviousSegments& previous, store::Transaction& transaction);

// Reads histories of one partition as of one moment. Keeps what it has read, so that accounts asked
// for in order share blocks.
//
// The partition's owner may commit and seal meanwhile, or fold it again from its beginning:
// sealed history and where it ends come from one snapshot of the store, what lies beyond is read in
// the journal, so that each record before `until_offset` is read exactly once.
class HistoryReader final : public AccountHistory {
 public:
  // Opens a snapshot. Records before `until_offset` are read. With `only` the open end is read for
  // that account alone.
  static absl::StatusOr<std::unique_ptr<HistoryReader>> Open(
      const HistoryPorts& ports, const Calendar& calendar, int32_t partition, int64_t until_offset,
      std::optional<std::string> only = std::nullopt);

  // For one that is kept: gives the snapshot back until it is to go on. What is sealed is never
  // changed, so that a later snapshot says no other of it.
  void Rest() { snapshot_.reset(); }
  // Goes on, to an end that is no earlier.
  absl::Status ReachTo(int64_t until_offset);

  absl::Status Visit(const std::string& account,
                     absl::FunctionRef<void(const AppliedItem&)> visit) override;
  // The accounts that have facts of the import run, in order, from the record at `from_offset` on.
  absl::StatusOr<std::vector<std::string>> AccountsOf(absl::string_view import_run,
                                                      int64_t from_offset);
  absl::Time end_time() const override { return time_.now; }

 private:
  HistoryReader(const HistoryPorts& ports, const Calendar& calendar, int32_t partition,
                int64_t until_offset)
      : ports_(ports), calendar_(calendar), partition_(partition), until_offset_(until_offset) {}
  // The account's records before `until_offset`, in order.
  absl::StatusOr<std::vector<HistoryRecord>> Records(const std::string& account);
  absl::Status ReadPartitionRecords();
  // From where it was read to the last time.
  absl::Status ReadOpenEnd();
  // Whether account states, as committed, know all of sealed history: not while the partition is
  // being folded again.
  absl::Status ReadCoverage();
  // The account's sections in sealed history, newest first.
  absl::StatusOr<std::vector<HistorySection>> LinkedSections(const std::string& account);
  absl::StatusOr<std::vector<HistorySection>> SearchedSections(const std::string& account);
  // Without records when the segment has none of the account.
  absl::StatusOr<HistorySection> ReadSection(int64_t segment, const std::string& account);

  const HistoryPorts ports_;
  const Calendar& calendar_;
  const int32_t partition_;
  std::optional<std::string> only_;
  int64_t until_offset_;
  int64_t read_to_ = 0;  // the open end is read up to here
  std::unique_ptr<store::Transaction> snapshot_;
  SealedEnd sealed_;             // at or before the first until_offset_
  int64_t newest_segment_ = -1;  // sealed as of the snapshot
  bool states_cover_sealed_ = false;
  stream::StreamTime time_;  // after the last record read
  std::vector<HistoryRecord> of_partition_;
  // Many records, which may be kept for a while, so as they are stored.
  struct OpenRecord {
    int64_t offset = 0;
    absl::Time applied_at;
    std::string message;  // StoredMessage
  };
  absl::flat_hash_map<std::string, std::vector<OpenRecord>> open_end_;
  // The last block read of each segment, by its number.
  struct CachedBlock {
    int64_t block = -1;
    std::vector<HistorySection> sections;
  };
  std::map<int64_t, CachedBlock> blocks_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_HISTORY_STORE_H_
