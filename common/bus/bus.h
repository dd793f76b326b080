// The bus port: ordered, partitioned, durable topics.
//
// Implementations: EmbeddedBus (SQLite, in process) and, on the full stack, KafkaBus. Both pass
// tests/contract/bus_contract.h. Records of one partition are read in the order of their offsets;
// offsets rise by one without gaps on the embedded bus and may skip on others, so no reader may
// count on consecutive offsets.
#ifndef BELLWETHER_COMMON_BUS_BUS_H_
#define BELLWETHER_COMMON_BUS_BUS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace bellwether::bus {

inline constexpr size_t kMessageBytesMax = 1 << 20;  // key + headers + value
inline constexpr size_t kHeadersMax = 32;
// Of what one read or poll brings; the record that reaches it is still taken.
inline constexpr size_t kRecordBatchBytesMax = 16 << 20;

struct Header {
  std::string name;
  std::string value;
};

// What a producer hands over.
struct Message {
  std::string key;
  std::vector<Header> headers;
  std::string value;
};

// Bytes of key, header names and values, and value: what kMessageBytesMax limits.
size_t SizeOf(const Message& message);
// The size, or INVALID_ARGUMENT / TOO_MANY_HEADERS or MESSAGE_TOO_LARGE.
absl::StatusOr<size_t> CheckSize(const Message& message);

struct HeaderView {
  absl::string_view name;
  absl::string_view value;
};

// What a consumer sees. The views live as long as the batch they came in.
struct Record {
  int32_t partition = 0;
  int64_t offset = 0;
  absl::string_view key;
  absl::string_view value;
  absl::Span<const HeaderView> headers;

  // The value of the first header of that name; empty if there is none.
  absl::string_view HeaderOr(absl::string_view name, absl::string_view fallback = "") const {
    for (const HeaderView& header : headers) {
      if (header.name == name) return header.value;
    }
    return fallback;
  }
};

Message ToMessage(const Record& record);

// Records of any of the consumer's partitions, in order within each. Movable; owns the bytes.
struct RecordBatch {
  std::vector<Record> records;
  std::shared_ptr<const void> storage;

  bool empty() const { return records.empty(); }
};

struct Position {
  int32_t partition = 0;
  int64_t offset = 0;
};

struct OffsetRange {
  int64_t first = 0;  // oldest record still kept
  int64_t end = 0;    // offset the next record will get
};

struct TopicDescription {
  int32_t partitions = 0;
  // Identity of this log; another id means another history, never to be read on from an old offset.
  std::string log_id;
};

// Called once per message, on a thread of the bus, however long that takes; must not block. A
// failure with kUnavailable may still have been written: receivers drop duplicates.
using Delivered = absl::AnyInvocable<void(absl::StatusOr<Position>)>;

// Thread-safe.
class Producer {
 public:
  virtual ~Producer() = default;

  // Queues the message for `partition`. RESOURCE_EXHAUSTED when the queue is full (then `delivered`
  // is not called), INVALID_ARGUMENT for a message over a limit or a partition out of range.
  virtual absl::Status Produce(absl::string_view topic, int32_t partition, Message message,
                               Delivered delivered) = 0;
  // False when Produce would answer RESOURCE_EXHAUSTED now for a message of that size. The
  // only user of a producer may rely on it and keep its message instead of losing it.
  virtual bool HasRoom(size_t /*message_bytes*/) const { return true; }
  // Waits until everything queued before has been answered for.
  virtual absl::Status Flush(absl::Duration timeout) = 0;
};

// Called from within Consumer::Poll and Consumer::Close, on their thread.
class RebalanceListener {
 public:
  virtual ~RebalanceListener() = default;
  // The offset to read from. An error leaves the partition unread and is returned from Poll.
  virtual absl::StatusOr<int64_t> OnAssigned(int32_t partition) = 0;
  // The partition is still ours: the last chance to commit what was done.
  virtual void OnRevoked(int32_t partition) = 0;
  // The partition is already another's.
  virtual void OnLost(int32_t partition) = 0;
};

// A member of a group: the partitions of the topic are shared out by range among the members.
// One polling thread.
class Consumer {
 public:
  virtual ~Consumer() = default;

  // Up to `records_max` records and kRecordBatchBytesMax; empty after `max_wait` without any.
  virtual absl::StatusOr<RecordBatch> Poll(size_t records_max, absl::Duration max_wait) = 0;
  // Stops reading a partition, without losing the place, until Resume.
  virtual absl::Status Pause(int32_t partition) = 0;
  virtual absl::Status Resume(int32_t partition) = 0;
  // Reads on from there; also starts a partition that OnAssigned left unread.
  virtual absl::Status Seek(int32_t partition, int64_t offset) = 0;
  // Advisory: shows other tools how far we are. The truth is the offsets row.
  virtual void ReportCommitted(int32_t partition, int64_t next_offset) = 0;
  // True while the group has assigned the member its partitions, be it none: from a poll that
  // brought an assignment until one that takes it away. A group may take seconds to agree, in which
  // polls bring nothing.
  virtual bool Joined() const = 0;
  // Leaves the group; OnRevoked is called for what is still assigned.
  virtual void Close() = 0;
};

struct ConsumerOptions {
  std::string group;
  std::string topic;
  RebalanceListener* listener = nullptr;  // outlives the consumer
};

// Reads one partition from a given place, outside any group. One thread.
class Reader {
 public:
  virtual ~Reader() = default;
  // Up to `records_max` records and kRecordBatchBytesMax. Waits `max_wait` for records that are not
  // there yet; for those that are, as long as it takes: an empty batch says that the end of the log
  // had been reached. UNAVAILABLE when the log does not answer.
  virtual absl::StatusOr<RecordBatch> Read(size_t records_max, absl::Duration max_wait) = 0;
};

struct TopicOptions {
  std::string name;
  int32_t partitions = 0;
};

// Thread-safe. Outlives its producers, consumers and readers.
class Bus {
 public:
  virtual ~Bus() = default;

  // Whether the bus is there, whatever may be wrong with a topic: UNAVAILABLE while it is away. One
  // within the process always is.
  virtual absl::Status Ping() { return absl::OkStatus(); }
  // Creates the topic if it is not there. FAILED_PRECONDITION when it has another number of
  // partitions: that number is fixed when a deployment is created.
  virtual absl::Status EnsureTopic(const TopicOptions& options) = 0;
  virtual absl::StatusOr<TopicDescription> Describe(absl::string_view topic) = 0;
  virtual absl::StatusOr<OffsetRange> Offsets(absl::string_view topic, int32_t partition) = 0;
  // OffsetRange::end of every partition, in one question where the bus can answer it.
  virtual absl::StatusOr<std::vector<int64_t>> Ends(absl::string_view topic);
  // Forgets what lies before `offset`, for topics of which only the newest records matter. Readers
  // there get OUT_OF_RANGE. OUT_OF_RANGE / OFFSET_OUTSIDE_LOG for an offset that is not in
  // the log.
  virtual absl::Status DropBefore(absl::string_view /*topic*/, int32_t /*partition*/,
                                  int64_t /*offset*/) {
    return absl::UnimplementedError("this bus drops nothing");
  }

  virtual absl::StatusOr<std::unique_ptr<Producer>> NewProducer() = 0;
  // A producer that leaves no gaps: once one of its deliveries has failed, nothing that followed in
  // the same partition is written, and nothing it is given later; its owner makes another and
  // begins again at the failed one. For effects whose receivers drop what is older than what they
  // have. It may fail because another one of the bus did.
  virtual absl::StatusOr<std::unique_ptr<Producer>> NewGaplessProducer() {
    return absl::UnimplementedError("this bus has no producer without gaps");
  }
  virtual absl::StatusOr<std::unique_ptr<Consumer>> NewConsumer(const ConsumerOptions& options) = 0;
  // OUT_OF_RANGE when `offset` lies outside the log.
  virtual absl::StatusOr<std::unique_ptr<Reader>> NewReader(absl::string_view topic,
                                                            int32_t partition, int64_t offset) = 0;
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_BUS_H_
