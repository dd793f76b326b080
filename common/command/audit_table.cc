#include "common/command/audit_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

// "bellwether.opportunities.v1.OpportunitiesService/WinOpportunity" → "WinOpportunity".
std::string MethodOf(const AuditEntry& entry) {
  const size_t slash = entry.method().rfind('/');
  return slash == std::string::npos ? entry.method() : entry.method().substr(slash + 1);
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  RETURN_IF_ERROR(idempotency::CreateTables(store));
  return store::Migrate(store, store::MigrationsFrom("command", MigrationFiles()));
}

absl::Status AppendAudit(store::Transaction& transaction, const AuditEntry& entry) {
  const AuditPlace place = AuditPlace::Of(entry);
  return transaction
      .Execute(
          "INSERT INTO audit_entries (subject_type, subject_id, subject_version, time_micros, "
          "principal, method, entry) VALUES ($1, $2, $3, $4, $5, $6, $7)",
          {place.subject_type, place.subject_id, place.subject_version, place.time_micros,
           entry.principal(), MethodOf(entry), Blob{entry.SerializeAsString()}})
      .status();
}

AuditPlace AuditPlace::Of(const AuditEntry& entry) {
  return {google::protobuf::util::TimeUtil::TimestampToMicroseconds(entry.time()),
          entry.subject_type(), entry.subject_id(), entry.subject_version()};
}

absl::StatusOr<std::vector<AuditEntry>> ReadAudit(store::Transaction& transaction,
                                                  const AuditFilter& filter,
                                                  const std::optional<AuditPlace>& after,
                                                  size_t count_max) {
  std::vector<std::string> conditions;
  std::vector<store::Value> values;
  const auto require = [&](absl::string_view condition, std::vector<store::Value> given) {
    for (store::Value& value : given) values.push_back(std::move(value));
    conditions.push_back(std::string(condition));
  };
  // The number of the next parameter.
  const auto next = [&](size_t ahead = 0) { return absl::StrCat("$", values.size() + 1 + ahead); };
  const auto equals = [&](absl::string_view column, const std::string& value) {
    if (!value.empty()) require(absl::StrCat(column, " = ", next()), {value});
  };
  equals("subject_type", filter.subject_type);
  equals("subject_id", filter.subject_id);
  equals("principal", filter.principal);
  equals("method", filter.method);
  if (filter.from > absl::InfinitePast()) {
    require(absl::StrCat("time_micros >= ", next()), {absl::ToUnixMicros(filter.from)});
  }
  if (filter.until < absl::InfiniteFuture()) {
    require(absl::StrCat("time_micros < ", next()), {absl::ToUnixMicros(filter.until)});
  }
  if (after.has_value()) {
    require(absl::StrCat("(time_micros, subject_type, subject_id, subject_version) < (", next(),
                         ", ", next(1), ", ", next(2), ", ", next(3), ")"),
            {after->time_micros, after->subject_type, after->subject_id, after->subject_version});
  }
  const std::string where =
      conditions.empty() ? "" : absl::StrCat(" WHERE ", absl::StrJoin(conditions, " AND "));
  const std::string limit = next();
  values.emplace_back(static_cast<int64_t>(count_max));
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query(absl::StrCat("SELECT entry FROM audit_entries", where,
                                                  " ORDER BY time_micros DESC, subject_type DESC, "
                                                  "subject_id DESC, subject_version DESC LIMIT ",
                                                  limit),
                                     values));
  return Parsed(rows);
}

}  // namespace bellwether::command
