// Rows of the subjects other than accounts (migrations/0002_subjects.sql).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_SQL_SUBJECTS_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_SQL_SUBJECTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/store/store.h"
#include "services/health/domain/subjects.h"

namespace bellwether::health {

struct SubjectRow {
  SubjectId id;
  std::optional<KeptSubject> subject;  // nothing: the row goes
};

absl::Status WriteSubjects(store::Transaction& transaction, int32_t partition,
                           absl::Span<const SubjectRow> rows);
// At most `rows_max` after `after`, by type and id. DATA_LOSS / STATE_CORRUPT.
absl::StatusOr<std::vector<SubjectRow>> ReadSubjects(store::Transaction& transaction,
                                                     int32_t partition, const SubjectId& after,
                                                     size_t rows_max);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_SQL_SUBJECTS_H_
