// SqliteStore: one file, write-ahead log, every commit on disk before it returns.
#ifndef BELLWETHER_COMMON_STORE_SQLITE_STORE_H_
#define BELLWETHER_COMMON_STORE_SQLITE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/store/sqlite_connection.h"
#include "common/store/store.h"

namespace bellwether::store {

inline constexpr size_t kSqliteReadersMax = 8;

struct SqliteStoreOptions {
  std::string path;
  // How long Begin waits for the writer and BeginRead for a free reader.
  absl::Duration wait = absl::Seconds(10);
  // Scratch stores live in a directory of their own that goes away with them, and do not wait for
  // the disk.
  std::string scratch_directory;
};

// Thread-safe. Outlives its transactions. Another process may have the same file open: writers wait
// for each other through SQLite's own lock. A store whose disk fails answers UNAVAILABLE and opens
// the file anew on the next transaction.
class SqliteStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const SqliteStoreOptions& options);
  // Keeps nothing beyond its lifetime; behaves like a file in everything else.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> OpenScratch();
  ~SqliteStore() override;

  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<Transaction>> BeginRead() override;
  absl::string_view ForUpdate() const override { return ""; }

 private:
  explicit SqliteStore(const SqliteStoreOptions& options);

  const SqliteStoreOptions options_;
  SqlitePool writer_;  // of one
  SqlitePool readers_;
};

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_SQLITE_STORE_H_
