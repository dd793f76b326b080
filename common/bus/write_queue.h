// What waits to be written to the embedded log, and the one thread that writes it.
#ifndef BELLWETHER_COMMON_BUS_WRITE_QUEUE_H_
#define BELLWETHER_COMMON_BUS_WRITE_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/batch_codec.h"
#include "common/bus/bus.h"
#include "common/bus/embedded_topic.h"
#include "common/bus/log_file.h"

namespace bellwether::bus {

// Group commit: messages are encoded, as they come, into the batch that their partition's next
// append will write. As soon as one commit is done the writer takes what has gathered meanwhile, so
// that an idle bus commits a message at once and a busy one commits many with one fsync.
//
// Thread-safe. Destruction writes what is queued, then stops the thread.
class WriteQueue {
 public:
  static constexpr size_t kBatchBytesMax = 256 << 10;  // of one row, unless one message is larger
  static constexpr size_t kCommitBytesMax = 8 << 20;   // of one transaction

  // What one producer has queued and not yet been answered for.
  struct InFlight {
    explicit InFlight(bool leaves_no_gaps) : gapless(leaves_no_gaps) {}

    static constexpr int64_t kMessagesMax = 100'000;
    static constexpr int64_t kBytesMax = 64 << 20;

    const bool gapless;
    bool broken = false;  // gapless, and a delivery failed; guarded by the queue's mu_
    std::atomic<int64_t> messages{0};
    std::atomic<int64_t> bytes{0};

    bool HasRoom(size_t message_bytes) const {
      return messages.load(std::memory_order_relaxed) < kMessagesMax &&
             bytes.load(std::memory_order_relaxed) + static_cast<int64_t>(message_bytes) <=
                 kBytesMax;
    }
  };

  explicit WriteQueue(LogFile& file);
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  // `topic` outlives the queue; `partition` is one of its. Counts the message into `in_flight`
  // until `delivered` has been called on the writer's thread. UNAVAILABLE / PRODUCER_BROKEN for a
  // producer without gaps that had a failure.
  absl::Status Push(EmbeddedTopic& topic, int32_t partition, const Message& message,
                    std::shared_ptr<InFlight> in_flight, Delivered delivered)
      ABSL_LOCKS_EXCLUDED(mu_);

  // DEADLINE_EXCEEDED when what was queued before has not all been answered for in time.
  absl::Status Flush(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Answer {
    Delivered delivered;
    std::shared_ptr<InFlight> in_flight;
    size_t bytes = 0;
  };
  struct Pending {
    int64_t number = 0;
    EmbeddedTopic* topic = nullptr;
    int32_t partition = 0;
    BatchBuilder builder;
    std::vector<Answer> answers;  // one per message
  };
  using PendingList = std::vector<std::unique_ptr<Pending>>;

  void Run();
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return stopping_ || !pending_.empty(); }
  PendingList Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Writes, publishes, answers; the number of the last batch answered for.
  int64_t Commit(PendingList batches);
  // After a failed append: what must not be written any more so that no producer leaves a gap. The
  // disk fails everybody alike, so it is everything that waits.
  PendingList TakeWhatMustFail(const PendingList& failed) ABSL_LOCKS_EXCLUDED(mu_);
  static void AnswerAll(Pending& batch, const absl::Status& status, int64_t first_offset);

  LogFile& file_;
  absl::Mutex mu_;
  std::deque<std::unique_ptr<Pending>> pending_ ABSL_GUARDED_BY(mu_);
  // The batch in pending_ that still grows, per partition.
  absl::flat_hash_map<std::pair<EmbeddedTopic*, int32_t>, Pending*> open_ ABSL_GUARDED_BY(mu_);
  int64_t last_number_ ABSL_GUARDED_BY(mu_) = 0;      // of the newest batch
  int64_t answered_number_ ABSL_GUARDED_BY(mu_) = 0;  // all batches up to it are answered for
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread writer_;  // last: starts when all else is there
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_WRITE_QUEUE_H_
