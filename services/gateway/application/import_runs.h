// Import runs: that one is under way stands in every partition of the journal.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_IMPORT_RUNS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_IMPORT_RUNS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/base/clock.h"
#include "services/gateway/application/journal_writer.h"

namespace bellwether::gateway {

// Of a deployment at a time.
inline constexpr int64_t kImportRunsMax = 100;
// For which the id of a run that is over is remembered, so that it is not begun again.
inline constexpr absl::Duration kImportRunKept = absl::Hours(24 * 30);

struct ImportRun {
  std::string id;
  std::string source;
  std::string principal;
  absl::Time started;
  absl::Time lease_end;
  std::optional<absl::Time> ended;

  friend bool operator==(const ImportRun&, const ImportRun&) = default;
};

// The rows that all gateways of a deployment share.
class ImportRunRows {
 public:
  virtual ~ImportRunRows() = default;

  // Adds the run unless one of its id is there; what is there afterwards. Forgets what was over
  // before `forget_before`. RESOURCE_EXHAUSTED / TOO_MANY_IMPORT_RUNS when kImportRunsMax others
  // are under way at the run's start.
  virtual absl::StatusOr<ImportRun> Add(const ImportRun& run, absl::Time forget_before) = 0;
  virtual absl::StatusOr<std::optional<ImportRun>> Find(const std::string& id) = 0;
  // Never back.
  virtual absl::Status SetLeaseEnd(const std::string& id, absl::Time lease_end) = 0;
  // Once; the first end stays.
  virtual absl::Status SetEnded(const std::string& id, absl::Time ended) = 0;
};

// All are idempotent by the id of the run, block until every partition has the record, and may be
// called again after a failure. Thread-safe; outlived by what it is given.
class ImportRuns {
 public:
  ImportRuns(ImportRunRows& rows, JournalWriter& writer, const Clock& clock, absl::Duration lease)
      : rows_(rows), writer_(writer), clock_(clock), lease_(lease) {}

  absl::Duration lease() const { return lease_; }

  // FAILED_PRECONDITION / IMPORT_RUN_ENDED; ALREADY_EXISTS / IMPORT_RUN_DIFFERS when a run of this
  // id was begun from another source; RESOURCE_EXHAUSTED / TOO_MANY_IMPORT_RUNS,
  // JOURNAL_TOO_SLOW; UNAVAILABLE / JOURNAL_UNAVAILABLE.
  absl::StatusOr<ImportRun> Start(const std::string& id, const std::string& source,
                                  const std::string& principal, absl::Time deadline);
  // Also one whose lease has run out, which is under way again. NOT_FOUND / IMPORT_RUN_NOT_FOUND,
  // FAILED_PRECONDITION / IMPORT_RUN_ENDED, and what a journal that is away comes to.
  absl::StatusOr<ImportRun> Renew(const std::string& id, absl::Time deadline);
  // NOT_FOUND / IMPORT_RUN_NOT_FOUND, and what a journal that is away comes to.
  absl::StatusOr<ImportRun> End(const std::string& id, absl::Time deadline);

 private:
  absl::StatusOr<ImportRun> Get(const std::string& id);
  // The entry, stamped now, in every partition.
  absl::Status Announce(const std::string& id, const events::v1::JournalEntry& entry,
                        absl::Time deadline);

  ImportRunRows& rows_;
  JournalWriter& writer_;
  const Clock& clock_;
  const absl::Duration lease_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_IMPORT_RUNS_H_
