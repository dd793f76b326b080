#include "common/bus/log_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::bus {
namespace {

constexpr char kFileName[] = "bus.db";
constexpr char kLockName[] = "bus.lock";
constexpr int kOffsetBits = 40;
constexpr int64_t kOffsetMax = (int64_t{1} << kOffsetBits) - 1;
constexpr int kBusyMillisMax = 5'000;  // only ever waits for a checkpoint of our own
constexpr int kDropRowsPerTransaction = 512;

// Large pages suit blobs; 1 000 of them in the WAL (16 MiB) keep the checkpoint short.
constexpr char kPragmas[] =
    "PRAGMA page_size=16384;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA cache_size=-8192;";

// `logs.start_offset` is the oldest offset kept. The end follows from the last batch, or is the
// start when there is none.
constexpr char kSchema[] =
    "CREATE TABLE IF NOT EXISTS topics("
    "  name TEXT PRIMARY KEY, log_id TEXT NOT NULL, partitions INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS logs("
    "  number INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,"
    "  start_offset INTEGER NOT NULL, UNIQUE(topic, partition));"
    "CREATE TABLE IF NOT EXISTS batches("
    "  position INTEGER PRIMARY KEY, count INTEGER NOT NULL, bytes BLOB NOT NULL);";

int64_t PositionOf(int64_t log, int64_t offset) { return (log << kOffsetBits) + offset; }

absl::Status ReadError(int code) {
  if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) {
    return Error(absl::StatusCode::kDataLoss, {"LOG_DAMAGED", "", ""}, "the log's file is damaged");
  }
  return Error(absl::StatusCode::kUnavailable, {"LOG_NOT_READ", "", ""},
               absl::StrCat("the log cannot be read (SQLite code ", code, ")"));
}

absl::Status WriteError(int code) {
  return Error(absl::StatusCode::kUnavailable, {"LOG_NOT_WRITTEN", "", ""},
               absl::StrCat("the log cannot be written (SQLite code ", code, ")"));
}

// A prepared statement. Reset when a use of it ends, so that no snapshot stays open.
class Statement {
 public:
  Statement() = default;
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  int Prepare(sqlite3* db, const char* sql) {
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  }

  // Binds parameters from 1 on. Text and blobs are not copied: they outlive the use.
  template <typename... Values>
  void Bind(const Values&... values) {
    sqlite3_reset(statement_);
    int index = 0;
    (BindOne(++index, values), ...);
  }
  int Step() { return sqlite3_step(statement_); }
  // Runs a statement without rows to its end.
  int Run() {
    const int code = Step();
    Reset();
    return code == SQLITE_ROW ? SQLITE_DONE : code;
  }
  void Reset() { sqlite3_reset(statement_); }

  int64_t Int(int column) { return sqlite3_column_int64(statement_, column); }
  std::string Bytes(int column) {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return std::string(data, data + sqlite3_column_bytes(statement_, column));
  }

 private:
  void BindOne(int index, int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void BindOne(int index, absl::string_view bytes) {
    sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  void BindOne(int index, const std::string& text) {
    sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }

  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace

struct LogFile::Connection {
  absl::Status Open(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    sqlite3* opened = nullptr;
    int code =
        sqlite3_open_v2(path.c_str(), &opened,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    db.reset(opened);
    if (code != SQLITE_OK) return ReadError(code);
    sqlite3_busy_timeout(db.get(), kBusyMillisMax);
    for (const char* sql : {kPragmas, kSchema}) {
      code = Execute(sql);
      if (code != SQLITE_OK) return ReadError(sqlite3_extended_errcode(db.get()));
    }
    const std::pair<Statement*, const char*> prepared[] = {
        {&begin, "BEGIN IMMEDIATE"},
        {&commit, "COMMIT"},
        {&append, "INSERT INTO batches(position, count, bytes) VALUES(?1, ?2, ?3)"},
        {&read,
         "SELECT position, count, bytes FROM batches WHERE position >= coalesce("
         "  (SELECT max(position) FROM batches WHERE position BETWEEN ?1 AND ?2), ?2)"
         " AND position < ?3 ORDER BY position"},
        {&last,
         "SELECT position + count FROM batches WHERE position BETWEEN ?1 AND ?2"
         " ORDER BY position DESC LIMIT 1"},
        {&start, "SELECT start_offset FROM logs WHERE number = ?1"},
    };
    for (const auto& [statement, sql] : prepared) {
      code = statement->Prepare(db.get(), sql);
      if (code != SQLITE_OK) return ReadError(code);
    }
    return absl::OkStatus();
  }

  int Execute(const char* sql) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    return sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr);
  }

  // Runs `body` in a write transaction; its result is the first SQLite code that is no success.
  template <typename Body>
  absl::Status Write(Body body) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    int code = begin.Run();
    if (code == SQLITE_DONE) code = body();
    if (code == SQLITE_DONE) code = commit.Run();
    if (code == SQLITE_DONE) return absl::OkStatus();
    // Also after a failed COMMIT, which may leave the transaction open.
    if (sqlite3_get_autocommit(db.get()) == 0) Execute("ROLLBACK");
    return WriteError(code);
  }

  absl::StatusOr<OffsetRange> Offsets(int64_t log) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    OffsetRange range;
    start.Bind(log);
    int code = start.Step();
    if (code == SQLITE_ROW) range.first = range.end = start.Int(0);
    start.Reset();
    if (code != SQLITE_ROW) return ReadError(code);
    last.Bind(PositionOf(log, 0), PositionOf(log, kOffsetMax));
    code = last.Step();
    // Batches before the start may be left when dropping them was cut short.
    if (code == SQLITE_ROW) {
      range.end = std::max(range.first, last.Int(0) - PositionOf(log, 0));
    }
    last.Reset();
    if (code != SQLITE_ROW && code != SQLITE_DONE) return ReadError(code);
    return range;
  }

  struct Closer {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };

  absl::Mutex mu;
  std::unique_ptr<sqlite3, Closer> db ABSL_GUARDED_BY(mu);
  Statement begin ABSL_GUARDED_BY(mu);
  Statement commit ABSL_GUARDED_BY(mu);
  Statement append ABSL_GUARDED_BY(mu);
  Statement read ABSL_GUARDED_BY(mu);
  Statement last ABSL_GUARDED_BY(mu);
  Statement start ABSL_GUARDED_BY(mu);
};

absl::StatusOr<std::unique_ptr<LogFile>> LogFile::Open(const std::string& directory) {
  auto file = std::unique_ptr<LogFile>(new LogFile);
  std::string path = ":memory:";
  if (!directory.empty()) {
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    file->lock_file_ =
        ::open(absl::StrCat(directory, "/", kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (failure || file->lock_file_ < 0) {
      return FailedPrecondition("BUS_DIRECTORY", "bus",
                                absl::StrCat("cannot use the directory ", directory));
    }
    if (::flock(file->lock_file_, LOCK_EX | LOCK_NB) != 0) {
      return FailedPrecondition("BUS_IN_USE", "bus",
                                absl::StrCat("another process has the bus of ", directory));
    }
    path = absl::StrCat(directory, "/", kFileName);
  }
  file->writer_ = std::make_unique<Connection>();
  {
    absl::MutexLock lock(&file->writer_->mu);
    RETURN_IF_ERROR(file->writer_->Open(path));
  }
  file->reader_ = file->writer_.get();
  if (!directory.empty()) {
    file->own_reader_ = std::make_unique<Connection>();
    absl::MutexLock lock(&file->own_reader_->mu);
    RETURN_IF_ERROR(file->own_reader_->Open(path));
    file->reader_ = file->own_reader_.get();
  }
  return file;
}

LogFile::~LogFile() {
  own_reader_.reset();
  writer_.reset();
  if (lock_file_ >= 0) ::close(lock_file_);
}

absl::StatusOr<std::vector<LogFile::Topic>> LogFile::LoadTopics() {
  absl::MutexLock lock(&writer_->mu);
  Statement statement;
  int code = statement.Prepare(writer_->db.get(),
                               "SELECT name, log_id, number FROM topics JOIN logs ON topic = name"
                               " ORDER BY name, partition");
  if (code != SQLITE_OK) return ReadError(code);
  std::vector<Topic> topics;
  while ((code = statement.Step()) == SQLITE_ROW) {
    std::string name = statement.Bytes(0);
    if (topics.empty() || topics.back().name != name) {
      topics.push_back({std::move(name), statement.Bytes(1), {}});
    }
    const int64_t number = statement.Int(2);
    ASSIGN_OR_RETURN(const OffsetRange offsets, writer_->Offsets(number));
    topics.back().logs.push_back({number, offsets});
  }
  if (code != SQLITE_DONE) return ReadError(code);
  return topics;
}

absl::StatusOr<LogFile::Topic> LogFile::CreateTopic(absl::string_view name, int32_t partitions) {
  absl::MutexLock lock(&writer_->mu);
  Topic topic{std::string(name), NewUuid(), {}};
  Statement add_topic, add_log;
  int code = add_topic.Prepare(writer_->db.get(),
                               "INSERT INTO topics(name, log_id, partitions) VALUES(?1, ?2, ?3)");
  if (code == SQLITE_OK) {
    code = add_log.Prepare(writer_->db.get(),
                           "INSERT INTO logs(topic, partition, start_offset) VALUES(?1, ?2, 0)");
  }
  if (code != SQLITE_OK) return WriteError(code);
  RETURN_IF_ERROR(writer_->Write([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(writer_->mu) {
    add_topic.Bind(topic.name, topic.log_id, int64_t{partitions});
    int result = add_topic.Run();
    for (int64_t p = 0; p < partitions && result == SQLITE_DONE; ++p) {
      add_log.Bind(topic.name, p);
      result = add_log.Run();
      topic.logs.push_back({sqlite3_last_insert_rowid(writer_->db.get()), {}});
    }
    return result;
  }));
  return topic;
}

absl::StatusOr<OffsetRange> LogFile::Offsets(int64_t log) {
  absl::MutexLock lock(&writer_->mu);
  return writer_->Offsets(log);
}

absl::Status LogFile::Append(absl::Span<const NewBatch> batches) {
  absl::MutexLock lock(&writer_->mu);
  return writer_->Write([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(writer_->mu) {
    int code = SQLITE_DONE;
    for (const NewBatch& batch : batches) {
      if (code != SQLITE_DONE) break;
      writer_->append.Bind(PositionOf(batch.log, batch.first_offset), int64_t{batch.count},
                           batch.bytes);
      code = writer_->append.Run();
    }
    return code;
  });
}

absl::StatusOr<std::vector<std::shared_ptr<const StoredBatch>>> LogFile::Read(
    int64_t log, int32_t partition, int64_t offset, int64_t end, size_t bytes_max) {
  std::vector<std::shared_ptr<const StoredBatch>> batches;
  absl::MutexLock lock(&reader_->mu);
  Statement& read = reader_->read;
  read.Bind(PositionOf(log, 0), PositionOf(log, offset), PositionOf(log, end));
  int code = SQLITE_DONE;
  size_t bytes = 0;
  while (bytes < bytes_max && (code = read.Step()) == SQLITE_ROW) {
    batches.push_back(std::make_shared<StoredBatch>(partition, read.Int(0) - PositionOf(log, 0),
                                                    static_cast<int32_t>(read.Int(1)),
                                                    read.Bytes(2)));
    bytes += batches.back()->bytes();
  }
  read.Reset();
  if (code != SQLITE_ROW && code != SQLITE_DONE) return ReadError(code);
  return batches;
}

absl::Status LogFile::DropBefore(int64_t log, int64_t offset) {
  int64_t dropped = kDropRowsPerTransaction;
  while (dropped == kDropRowsPerTransaction) {
    absl::MutexLock lock(&writer_->mu);
    Statement move, drop;
    int code =
        move.Prepare(writer_->db.get(), "UPDATE logs SET start_offset = ?2 WHERE number = ?1");
    if (code == SQLITE_OK) {
      code = drop.Prepare(writer_->db.get(),
                          "DELETE FROM batches WHERE position IN (SELECT position FROM batches"
                          " WHERE position >= ?1 AND position < ?2 AND position + count <= ?2"
                          " ORDER BY position LIMIT ?3)");
    }
    if (code != SQLITE_OK) return WriteError(code);
    RETURN_IF_ERROR(writer_->Write([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(writer_->mu) {
      move.Bind(log, offset);
      const int result = move.Run();
      if (result != SQLITE_DONE) return result;
      drop.Bind(PositionOf(log, 0), PositionOf(log, offset), int64_t{kDropRowsPerTransaction});
      return drop.Run();
    }));
    dropped = sqlite3_changes64(writer_->db.get());
  }
  return absl::OkStatus();
}

}  // namespace bellwether::bus
