#include "common/command/audit_table.h"

#include "common/base/status.h"
#include "common/command/migration_files.h"
#include "common/idempotency/request_ids.h"
#include "google/protobuf/util/time_util.h"

namespace bellwether::command {
namespace {

using audit::v1::AuditEntry;
using store::Blob;
using store::Rows;

absl::StatusOr<std::vector<AuditEntry>> Parsed(const Rows& rows) {
  std::vector<AuditEntry> entries(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!entries[i].ParseFromString(rows[i].Bytes(0))) {
      return Error(absl::StatusCode::kDataLoss, {"AUDIT_ROW_MALFORMED"},
                   "an audit entry cannot be read");
    }
  }
  return entries;
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  RETURN_IF_ERROR(idempotency::CreateTables(store));
  return store::Migrate(store, store::MigrationsFrom("command", MigrationFiles()));
}

absl::Status AppendAudit(store::Transaction& transaction, const AuditEntry& entry) {
  return transaction
      .Execute(
          "INSERT INTO audit_entries (subject_type, subject_id, subject_version, time_micros, "
          "principal, entry) VALUES ($1, $2, $3, $4, $5, $6)",
          {entry.subject_type(), entry.subject_id(), entry.subject_version(),
           google::protobuf::util::TimeUtil::TimestampToMicroseconds(entry.time()),
           entry.principal(), Blob{entry.SerializeAsString()}})
      .status();
}

absl::StatusOr<std::vector<AuditEntry>> AuditReader::OfSubject(const std::string& subject_type,
                                                               const std::string& subject_id,
                                                               int64_t version, size_t count_max) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction_.Query("SELECT entry FROM audit_entries WHERE subject_type = $1 AND "
                         "subject_id = $2 AND subject_version > $3 "
                         "ORDER BY subject_version LIMIT $4",
                         {subject_type, subject_id, version, static_cast<int64_t>(count_max)}));
  return Parsed(rows);
}

absl::StatusOr<std::vector<AuditEntry>> AuditReader::OfPrincipal(const std::string& principal,
                                                                 absl::Time from,
                                                                 size_t count_max) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction_.Query("SELECT entry FROM audit_entries WHERE principal = $1 AND "
                         "time_micros >= $2 "
                         "ORDER BY time_micros, subject_type, subject_id, subject_version LIMIT $3",
                         {principal, absl::ToUnixMicros(from), static_cast<int64_t>(count_max)}));
  return Parsed(rows);
}

}  // namespace bellwether::command
