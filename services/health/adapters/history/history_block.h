// The stored form of sealed history: blocks of records sorted by account, compressed.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_HISTORY_BLOCK_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_HISTORY_BLOCK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"

namespace bellwether::health {

// Offsets of one segment of a partition's history. Part of the stored form.
inline constexpr int64_t kSegmentOffsets = 131'072;
// A block is closed once it holds this much before compression.
inline constexpr size_t kBlockBytes = 256 * 1024;
// What a block may claim to hold: a block of one record of the largest kind, with room to spare.
inline constexpr size_t kBlockBytesMax = kBlockBytes + 4 * bus::kMessageBytesMax;

// A journal record of an account with the stream time at which it was applied.
struct HistoryRecord {
  int64_t offset = 0;
  absl::Time applied_at;
  bus::Message message;
};

// The record as a consumer would see it. The views live as long as `record` and `headers`.
bus::Record ViewOf(const HistoryRecord& record, int32_t partition,
                   std::vector<bus::HeaderView>& headers);

// What one account has in one block.
struct HistorySection {
  std::string account;
  // The account's segment before this one; −1 for none.
  int64_t previous_segment = -1;
  std::vector<HistoryRecord> records;
};

// Gathers sections in the order of accounts and cuts them into blocks.
class HistoryBlockWriter {
 public:
  struct Block {
    std::string first_account;
    std::string last_account;
    std::string content;
  };

  // Offsets are stored from `first_offset`, the segment's, on.
  explicit HistoryBlockWriter(int64_t first_offset) : first_offset_(first_offset) {}

  // A record of `account`; accounts ascend, and offsets within one.
  void Add(absl::string_view account, int64_t previous_segment, const bus::Record& record,
           absl::Time applied_at);
  std::vector<Block> Finish() &&;

 private:
  void CloseSection();
  void CloseBlock();

  const int64_t first_offset_;
  std::string account_;
  int64_t previous_segment_ = -1;
  uint64_t section_records_ = 0;
  std::string section_;
  std::string first_account_;
  std::string content_;
  std::vector<Block> blocks_;
};

// DATA_LOSS / HISTORY_CORRUPT when the bytes are not a block.
absl::StatusOr<std::vector<HistorySection>> ReadHistoryBlock(int64_t first_offset,
                                                             absl::string_view content);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_HISTORY_BLOCK_H_
