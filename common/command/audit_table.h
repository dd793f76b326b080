// The audit table: every change that a call has made. Rows are only ever added.
#ifndef BELLWETHER_COMMON_COMMAND_AUDIT_TABLE_H_
#define BELLWETHER_COMMON_COMMAND_AUDIT_TABLE_H_

#include <cstdint>
#include <optional>
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

// Which entries are asked for; what is empty asks for all.
struct AuditFilter {
  std::string subject_type;
  std::string subject_id;
  std::string principal;
  std::string method;  // without its service: "WinOpportunity"
  absl::Time from = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();  // exclusive
};

// The place of an entry in the order of the table.
struct AuditPlace {
  int64_t time_micros = 0;
  std::string subject_type;
  std::string subject_id;
  int64_t subject_version = 0;

  static AuditPlace Of(const audit::v1::AuditEntry& entry);
};

// The newest first; only those behind `after` in that order, if it is given.
absl::StatusOr<std::vector<audit::v1::AuditEntry>> ReadAudit(store::Transaction& transaction,
                                                             const AuditFilter& filter,
                                                             const std::optional<AuditPlace>& after,
                                                             size_t count_max);

}  // namespace bellwether::command

#endif  // BELLWETHER_COMMON_COMMAND_AUDIT_TABLE_H_
