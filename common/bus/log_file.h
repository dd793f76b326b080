// The embedded log on disk: one SQLite file per bus directory.
#ifndef BELLWETHER_COMMON_BUS_LOG_FILE_H_
#define BELLWETHER_COMMON_BUS_LOG_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/bus/batch_codec.h"
#include "common/bus/bus.h"

namespace bellwether::bus {

// Stores batches of records by (log, offset), where a log is one partition of one topic, and knows
// the topics. A batch is one row of one table, its key (log number · 2⁴⁰ + first offset), so that
// appends go to the end of each log's range and reading a log is a range scan.
//
// Thread-safe: one writing and one reading connection, each under a lock of its own. Holds an
// exclusive lock on the directory for its lifetime, because what is read ahead in memory would be
// wrong if another process appended. Failures: UNAVAILABLE / LOG_NOT_WRITTEN or LOG_NOT_READ,
// DATA_LOSS / LOG_DAMAGED.
class LogFile {
 public:
  struct Log {
    int64_t number = 0;
    OffsetRange offsets;
  };
  struct Topic {
    std::string name;
    std::string log_id;
    std::vector<Log> logs;  // one per partition
  };
  struct NewBatch {
    int64_t log = 0;
    int64_t first_offset = 0;
    int32_t count = 0;
    absl::string_view bytes;
  };

  // Creates directory and file when they are not there. FAILED_PRECONDITION / BUS_IN_USE when
  // another process has it open. An empty directory means memory only.
  static absl::StatusOr<std::unique_ptr<LogFile>> Open(const std::string& directory);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  absl::StatusOr<std::vector<Topic>> LoadTopics();
  absl::StatusOr<Topic> CreateTopic(absl::string_view name, int32_t partitions);
  // As the file knows it: after an append of unknown outcome.
  absl::StatusOr<OffsetRange> Offsets(int64_t log);

  // All or nothing, durable on return.
  absl::Status Append(absl::Span<const NewBatch> batches);

  // Batches of one log from the one that holds `offset`, until `bytes_max` is reached or `end`.
  absl::StatusOr<std::vector<std::shared_ptr<const StoredBatch>>> Read(int64_t log,
                                                                       int32_t partition,
                                                                       int64_t offset, int64_t end,
                                                                       size_t bytes_max);

  // Moves the log's start and deletes the batches that lie wholly before it.
  absl::Status DropBefore(int64_t log, int64_t offset);

 private:
  struct Connection;

  LogFile() = default;

  int lock_file_ = -1;
  std::unique_ptr<Connection> writer_;
  std::unique_ptr<Connection> own_reader_;  // none in memory: there the writer reads
  Connection* reader_ = nullptr;
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_LOG_FILE_H_
