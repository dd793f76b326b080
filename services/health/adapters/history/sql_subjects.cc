#include "services/health/adapters/history/sql_subjects.h"

#include <utility>

#include "common/base/status.h"

namespace bellwether::health {

absl::Status WriteSubjects(store::Transaction& transaction, int32_t partition,
                           absl::Span<const SubjectRow> rows) {
  std::vector<std::vector<store::Value>> kept;
  std::vector<std::vector<store::Value>> gone;
  for (const auto& [id, subject] : rows) {
    std::vector<store::Value>& values = (subject ? kept : gone).emplace_back();
    values = {int64_t{partition}, int64_t{id.type}, id.id};
    if (subject) values.emplace_back(store::Blob{EncodeSubject(*subject)});
  }
  if (!kept.empty()) {
    RETURN_IF_ERROR(transaction.ExecuteMany(
        "INSERT INTO health_subject (partition, subject_type, subject, state) "
        "VALUES ($1, $2, $3, $4) ON CONFLICT (partition, subject_type, subject) "
        "DO UPDATE SET state = excluded.state",
        kept));
  }
  if (gone.empty()) return absl::OkStatus();
  return transaction.ExecuteMany(
      "DELETE FROM health_subject WHERE partition = $1 AND subject_type = $2 AND subject = $3",
      gone);
}

absl::StatusOr<std::vector<SubjectRow>> ReadSubjects(store::Transaction& transaction,
                                                     int32_t partition, const SubjectId& after,
                                                     size_t rows_max) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(
          "SELECT subject_type, subject, state FROM health_subject WHERE "
          "partition = $1 AND (subject_type > $2 OR (subject_type = $2 AND "
          "subject > $3)) ORDER BY subject_type, subject LIMIT $4",
          {int64_t{partition}, int64_t{after.type}, after.id, static_cast<int64_t>(rows_max)}));
  std::vector<SubjectRow> subjects;
  subjects.reserve(rows.size());
  for (const store::Row& row : rows) {
    std::optional<KeptSubject> subject = DecodeSubject(row.Bytes(2));
    if (!subject) {
      return Error(absl::StatusCode::kDataLoss, {"STATE_CORRUPT", "", ""},
                   "the stored state of a subject cannot be read");
    }
    subjects.push_back({{static_cast<int32_t>(row.Int(0)), row.Text(1)}, std::move(subject)});
  }
  return subjects;
}

}  // namespace bellwether::health
