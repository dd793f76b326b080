// One topic of the embedded bus in memory: where its logs begin and end, their latest batches, and
// the groups that read it.
#ifndef BELLWETHER_COMMON_BUS_EMBEDDED_TOPIC_H_
#define BELLWETHER_COMMON_BUS_EMBEDDED_TOPIC_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "common/bus/batch_codec.h"
#include "common/bus/bus.h"
#include "common/bus/group_members.h"
#include "common/bus/log_file.h"

namespace bellwether::bus {

using BatchPointer = std::shared_ptr<const StoredBatch>;

// Thread-safe. Only the bus's writer thread appends, so that it alone moves the ends. Readers wait
// on `mu` for their own condition over RangeOf and the groups; an append wakes those it concerns.
class EmbeddedTopic {
 public:
  // The latest batches, kept so that live readers do not go to the file; shared out evenly.
  static constexpr size_t kRecentBytesMax = 32 << 20;
  // What one read takes from the file.
  static constexpr size_t kReadBytesMax = 1 << 20;

  EmbeddedTopic(LogFile& file, LogFile::Topic topic);

  const std::string& name() const { return name_; }
  const std::string& log_id() const { return log_id_; }
  int32_t partitions() const { return static_cast<int32_t>(logs_.size()); }
  int64_t log_number(int32_t partition) const { return logs_[partition].number; }

  // INVALID_ARGUMENT / PARTITION_OUT_OF_RANGE.
  absl::Status CheckPartition(int32_t partition) const;
  // OUT_OF_RANGE / OFFSET_OUTSIDE_LOG unless the log can be read on from there.
  absl::Status CheckOffset(int32_t partition, int64_t offset) ABSL_LOCKS_EXCLUDED(mu);

  // Batches from the one that holds `offset` on, about kReadBytesMax; none at the end of the log.
  // OUT_OF_RANGE / OFFSET_OUTSIDE_LOG.
  absl::StatusOr<std::vector<BatchPointer>> Load(int32_t partition, int64_t offset)
      ABSL_LOCKS_EXCLUDED(mu);

  struct Appended {
    int32_t partition = 0;
    BatchPointer batch;
  };
  // Makes durable batches visible, in order.
  void Publish(absl::Span<const Appended> appended) ABSL_LOCKS_EXCLUDED(mu);
  // Takes over what the file says, after an append of unknown outcome.
  absl::Status Reload(int32_t partition) ABSL_LOCKS_EXCLUDED(mu);
  absl::Status DropBefore(int32_t partition, int64_t offset) ABSL_LOCKS_EXCLUDED(mu);

  absl::Mutex mu;
  OffsetRange RangeOf(int32_t partition) const ABSL_SHARED_LOCKS_REQUIRED(mu) {
    return logs_[partition].offsets;
  }
  // The group of that name, made when it is not there.
  GroupMembers& GroupOf(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);

 private:
  struct Log {
    int64_t number = 0;
    OffsetRange offsets;
    std::deque<BatchPointer> recent;  // consecutive, up to offsets.end
    size_t recent_bytes = 0;
  };

  // The recent batches from `offset` on; none when it is older than they are.
  static std::vector<BatchPointer> RecentFrom(const Log& log, int64_t offset);

  LogFile& file_;
  const std::string name_;
  const std::string log_id_;
  // The vector and the numbers never change; the rest is guarded by mu.
  std::vector<Log> logs_;
  absl::flat_hash_map<std::string, std::unique_ptr<GroupMembers>> groups_ ABSL_GUARDED_BY(mu);
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_EMBEDDED_TOPIC_H_
