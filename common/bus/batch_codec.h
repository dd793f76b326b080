// How records lie in the embedded log: in batches, one blob per append and partition.
#ifndef BELLWETHER_COMMON_BUS_BATCH_CODEC_H_
#define BELLWETHER_COMMON_BUS_BATCH_CODEC_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/call_once.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/bus/bus.h"

namespace bellwether::bus {

// Collects the messages of one append.
class BatchBuilder {
 public:
  void Add(const Message& message);

  int32_t count() const { return count_; }
  size_t bytes() const { return bytes_.size(); }
  // Leaves the builder empty.
  std::string Take();

 private:
  std::string bytes_;
  int32_t count_ = 0;
};

// A batch of the log, shared by its readers; immutable and thread-safe. Its records are
// decoded once, by the first reader, as views into the blob.
class StoredBatch {
 public:
  StoredBatch(int32_t partition, int64_t first_offset, int32_t count, std::string bytes)
      : partition_(partition),
        first_offset_(first_offset),
        count_(count),
        bytes_(std::move(bytes)) {}
  StoredBatch(const StoredBatch&) = delete;
  StoredBatch& operator=(const StoredBatch&) = delete;

  int64_t first_offset() const { return first_offset_; }
  int64_t end_offset() const { return first_offset_ + count_; }
  size_t bytes() const { return bytes_.size(); }
  absl::string_view blob() const { return bytes_; }

  // In the order of their offsets, which are consecutive. DATA_LOSS / LOG_DAMAGED when the blob is
  // not what was written.
  absl::StatusOr<absl::Span<const Record>> Records() const;

 private:
  absl::Status Decode() const;

  const int32_t partition_;
  const int64_t first_offset_;
  const int32_t count_;
  const std::string bytes_;

  mutable absl::once_flag decoded_;
  mutable absl::Status decode_status_;       // set by the first Records()
  mutable std::vector<HeaderView> headers_;  // of all records, one after the other
  mutable std::vector<Record> records_;      // views into bytes_ and headers_
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_BATCH_CODEC_H_
