// The audit table: every change that a call has made. Rows are only ever added.
#ifndef BELLWETHER_COMMON_COMMAND_AUDIT_TABLE_H_
#define BELLWETHER_COMMON_COMMAND_AUDIT_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/audit/v1/audit.pb.h"
#include "common/store/store.h"

namespace bellwether::command {

// Makes the tables of commands (audit, kept answers); once per store, at start.
absl::Status CreateTables(store::Store& store);

// In the transaction of the change. ALREADY_EXISTS if the subject's version has an entry.
absl::Status AppendAudit(store::Transaction& transaction, const audit::v1::AuditEntry& entry);

// Reads the table; works in the transaction it is given.
class AuditReader {
 public:
  explicit AuditReader(store::Transaction& transaction) : transaction_(transaction) {}

  // Of one subject, from its first change after `version` on.
  absl::StatusOr<std::vector<audit::v1::AuditEntry>> OfSubject(const std::string& subject_type,
                                                               const std::string& subject_id,
                                                               int64_t version, size_t count_max);
  // By one principal at `from` or later, oldest first.
  absl::StatusOr<std::vector<audit::v1::AuditEntry>> OfPrincipal(const std::string& principal,
                                                                 absl::Time from, size_t count_max);

 private:
  store::Transaction& transaction_;
};

}  // namespace bellwether::command

#endif  // BELLWETHER_COMMON_COMMAND_AUDIT_TABLE_H_
