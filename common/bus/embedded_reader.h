// Reading the embedded log: a place in one partition, a reader of one, a member of a group.
#ifndef BELLWETHER_COMMON_BUS_EMBEDDED_READER_H_
#define BELLWETHER_COMMON_BUS_EMBEDDED_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/bus/bus.h"
#include "common/bus/embedded_topic.h"

namespace bellwether::bus {

// Records that are read together. One thread.
class GatheredRecords {
 public:
  explicit GatheredRecords(size_t records_max) : records_max_(records_max) {}

  bool empty() const { return records_.empty(); }
  bool IsFull() const { return records_.size() >= records_max_ || bytes_ >= kRecordBatchBytesMax; }
  // Adds the first of `records`, which lie in `batch`, up to the number that is left; that number.
  size_t Add(absl::Span<const Record> records, const BatchPointer& batch);
  RecordBatch Take();

 private:
  const size_t records_max_;
  size_t bytes_ = 0;  // of storage_
  std::vector<Record> records_;
  std::vector<BatchPointer> storage_;
};

// A place in one partition, with the batches read ahead from there. One thread.
class LogCursor {
 public:
  LogCursor(EmbeddedTopic& topic, int32_t partition, int64_t offset)
      : topic_(&topic), partition_(partition), offset_(offset) {}

  int64_t offset() const { return offset_; }
  // There is something to take.
  bool HasMore() const ABSL_SHARED_LOCKS_REQUIRED(topic_->mu) {
    return offset_ < topic_->RangeOf(partition_).end;
  }
  // Adds what there is to `gathered`, until that is full. Fails only where it stands: what lies
  // before a damaged place is given first.
  absl::Status Take(GatheredRecords& gathered);

 private:
  EmbeddedTopic* topic_;
  int32_t partition_;
  int64_t offset_;  // of the next record
  std::vector<BatchPointer> ahead_;
  size_t next_ahead_ = 0;  // ahead_[next_ahead_] holds offset_, if it is there
};

class EmbeddedReader final : public Reader {
 public:
  EmbeddedReader(EmbeddedTopic& topic, int32_t partition, int64_t offset)
      : topic_(topic), cursor_(topic, partition, offset) {}

  absl::StatusOr<RecordBatch> Read(size_t records_max, absl::Duration max_wait) override;

 private:
  bool HasMore() const ABSL_SHARED_LOCKS_REQUIRED(topic_.mu) { return cursor_.HasMore(); }

  EmbeddedTopic& topic_;
  LogCursor cursor_;
};

// A member of a group. Destroyed without Close it leaves the group without a word to the listener,
// as a crashed member would. A rebalance waits for members that hold what is another's: they give
// it up in their next Poll.
class EmbeddedConsumer final : public Consumer {
 public:
  EmbeddedConsumer(EmbeddedTopic& topic, const ConsumerOptions& options);
  ~EmbeddedConsumer() override;

  absl::StatusOr<RecordBatch> Poll(size_t records_max, absl::Duration max_wait) override;
  absl::Status Pause(int32_t partition) override;
  absl::Status Resume(int32_t partition) override;
  absl::Status Seek(int32_t partition, int64_t offset) override;
  void ReportCommitted(int32_t partition, int64_t next_offset) override;
  bool Joined() const override { return joined_; }
  void Close() override;

 private:
  struct Assigned {
    std::unique_ptr<LogCursor> cursor;  // none: OnAssigned failed; unread until Seek
    bool paused = false;

    bool reads() const { return cursor != nullptr && !paused; }
  };

  // Gives up and takes partitions until the group is settled as far as it concerns us.
  absl::Status Rebalance();
  void GiveUp(const std::vector<int32_t>& partitions);
  absl::Status Start(int32_t partition);
  // Fails only when no partition has anything to give.
  absl::StatusOr<RecordBatch> Fetch(size_t records_max);
  bool HasEvent() const ABSL_SHARED_LOCKS_REQUIRED(topic_.mu);
  absl::StatusOr<Assigned*> Find(int32_t partition);

  EmbeddedTopic& topic_;
  RebalanceListener* const listener_;
  GroupMembers* group_;  // the topic's, guarded by its lock
  GroupMembers::MemberId member_;
  bool joined_ = false;  // a first poll has claimed what is ours
  bool closed_ = false;
  absl::btree_map<int32_t, Assigned> assigned_;  // what we hold, by partition
  int32_t last_read_ = -1;  // the partition to begin after, so that all get a turn
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_EMBEDDED_READER_H_
