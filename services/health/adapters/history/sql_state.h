// Rows of the health fold's own tables (migrations/0001_health.sql).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_SQL_STATE_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_SQL_STATE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/journal/semantics.h"
#include "common/store/store.h"
#include "services/health/domain/account_codec.h"

namespace bellwether::health {

// Under which the journal is folded into them (stream::ProcessorOptions::name).
inline constexpr char kProcessor[] = "health";

// Creates the tables in the service's store, or brings them up to date.
absl::Status CreateTables(store::Store& store);

// Instants are stored in microseconds; the infinite past, "no record yet", as the least of them.
int64_t ToStoredTime(absl::Time time);
absl::Time FromStoredTime(int64_t stored);

struct PartitionRow {
  int64_t applied_offset = -1;
  absl::Time applied_at = absl::InfinitePast();
  int64_t activation_offset = -1;
  int64_t open_segment = 0;
  journal::Semantics semantics = journal::Semantics::kFirst;
};
absl::StatusOr<std::optional<PartitionRow>> ReadPartition(store::Transaction& transaction,
                                                          int32_t partition);
absl::Status WritePartition(store::Transaction& transaction, int32_t partition,
                            const PartitionRow& row);

// A record that speaks of every account of the partition, for good: a model's activation, a change
// of semantics.
struct ActivationRow {
  int64_t offset = -1;
  absl::Time applied_at;
  std::string message;  // StoredMessage
};
absl::Status WriteActivation(store::Transaction& transaction, int32_t partition,
                             const ActivationRow& row);
absl::StatusOr<std::optional<ActivationRow>> ReadActivation(store::Transaction& transaction,
                                                            int32_t partition, int64_t offset);

struct AccountRow {
  std::string account;
  std::string state;
};
absl::Status WriteAccounts(store::Transaction& transaction, int32_t partition,
                           absl::Span<const AccountRow> rows);
absl::StatusOr<std::optional<std::string>> ReadAccount(store::Transaction& transaction,
                                                       int32_t partition,
                                                       const std::string& account);
// At most `rows_max` accounts after `after`, by id.
absl::StatusOr<std::vector<AccountRow>> ReadAccounts(store::Transaction& transaction,
                                                     int32_t partition, const std::string& after,
                                                     size_t rows_max);
absl::StatusOr<std::optional<AccountPosition>> ReadPosition(store::Transaction& transaction,
                                                            int32_t partition,
                                                            const std::string& account);

struct SnapshotRow {
  std::string account;
  Day day = 0;
  absl::Time known_at;
  // The day was closed before: only written where it differs from what was shown last.
  bool restated = false;
  int64_t fold_version = 0;
  std::string snapshot;  // SnapshotBytes
};
absl::Status WriteSnapshots(store::Transaction& transaction, absl::Span<const SnapshotRow> rows);
// One a day as known at `known_at`, newest day first, days before `before_day`.
absl::StatusOr<std::vector<SnapshotRow>> ReadSnapshots(store::Transaction& transaction,
                                                       const std::string& account,
                                                       absl::Time known_at, Day before_day,
                                                       size_t rows_max);

// What an account's day closed with.
struct ClosingRow {
  std::string account;
  // Of the last day closed at or before the first one asked for, and the second, as known now;
  // empty where there is none.
  std::string first;
  std::string second;
};
// At most `rows_max` accounts after `after`, by id.
absl::StatusOr<std::vector<ClosingRow>> ReadClosings(store::Transaction& transaction,
                                                     int32_t partition, const std::string& after,
                                                     Day first, Day second, size_t rows_max);

struct ImportCounts {
  int64_t counted = 0;
  int64_t duplicates = 0;
  int64_t conflicts = 0;
  int64_t late = 0;
  int64_t too_old = 0;
  int64_t retracted = 0;

  void Add(FactOutcome outcome);
  void Add(const ImportCounts& other);
};
// An import run as a partition knows it.
struct ImportRow {
  ImportCounts counts;
  int64_t first_offset = 0;       // of its records in the partition, or before
  int64_t withdrawn_offset = -1;  // of the record that withdrew it; −1 for none

  bool withdrawn() const { return withdrawn_offset >= 0; }
  // That of another partition.
  void Add(const ImportRow& other) {
    counts.Add(other.counts);
    withdrawn_offset = std::max(withdrawn_offset, other.withdrawn_offset);
  }
};
absl::Status WriteImport(store::Transaction& transaction, int32_t partition,
                         const std::string& import_run, const ImportRow& row);
// All zero for a run the partition has no facts of.
absl::StatusOr<ImportRow> ReadImport(store::Transaction& transaction, int32_t partition,
                                     const std::string& import_run);
absl::StatusOr<std::map<std::string, ImportRow>> ReadImports(store::Transaction& transaction,
                                                             int32_t partition);

// Everything of a partition that a rebuild computes anew. Snapshots, sealed history and activations
// stay: the ones are what was shown, the others are the journal's and read while the rebuild runs.
absl::Status ClearPartition(store::Transaction& transaction, int32_t partition);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_SQL_STATE_H_
