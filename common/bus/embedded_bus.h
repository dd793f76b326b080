// The bus in this process, on SQLite: the default to try, to develop, and for a small team to run.
#ifndef BELLWETHER_COMMON_BUS_EMBEDDED_BUS_H_
#define BELLWETHER_COMMON_BUS_EMBEDDED_BUS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/bus/bus.h"
#include "common/bus/embedded_topic.h"
#include "common/bus/log_file.h"
#include "common/bus/write_queue.h"

namespace bellwether::bus {

// One directory, one process. What has been answered for is on disk (synchronous=FULL) and survives
// the death of the process and of the machine. One thread of its own, the writer; delivery
// callbacks run on it.
class EmbeddedBus final : public Bus {
 public:
  static constexpr int32_t kPartitionsMax = 1'024;

  // FAILED_PRECONDITION / BUS_IN_USE when another process has the directory. An empty directory
  // means a bus in memory, for tests.
  static absl::StatusOr<std::unique_ptr<EmbeddedBus>> Open(const std::string& directory);

  absl::Status EnsureTopic(const TopicOptions& options) override;
  absl::StatusOr<TopicDescription> Describe(absl::string_view topic) override;
  absl::StatusOr<OffsetRange> Offsets(absl::string_view topic, int32_t partition) override;
  absl::StatusOr<std::unique_ptr<Producer>> NewProducer() override;
  absl::StatusOr<std::unique_ptr<Producer>> NewGaplessProducer() override;
  absl::StatusOr<std::unique_ptr<Consumer>> NewConsumer(const ConsumerOptions& options) override;
  absl::StatusOr<std::unique_ptr<Reader>> NewReader(absl::string_view topic, int32_t partition,
                                                    int64_t offset) override;

  // The file does not shrink; its pages are reused.
  absl::Status DropBefore(absl::string_view topic, int32_t partition, int64_t offset) override;
  // What a consumer of the group reported last; nothing before, also after a restart. For showing
  // lag only.
  absl::StatusOr<std::optional<int64_t>> Committed(absl::string_view topic,
                                                   const std::string& group, int32_t partition);

 private:
  friend class EmbeddedProducer;

  EmbeddedBus() = default;

  // NOT_FOUND / UNKNOWN_TOPIC. Topics live as long as the bus.
  absl::StatusOr<EmbeddedTopic*> Find(absl::string_view topic) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<EmbeddedTopic*> Find(absl::string_view topic, int32_t partition);

  std::unique_ptr<LogFile> file_;
  absl::Mutex mu_;
  absl::flat_hash_map<std::string, std::unique_ptr<EmbeddedTopic>> topics_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<WriteQueue> queue_;  // last: what is queued refers to the rest
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_EMBEDDED_BUS_H_
