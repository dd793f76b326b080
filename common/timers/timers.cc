#include "common/timers/timers.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/timers/migration_files.h"

namespace bellwether::timers {
namespace {

absl::Status Check(const Timer& timer) {
  if (timer.payload.size() > kPayloadBytesMax) {
    return InvalidArgument("TIMER_PAYLOAD_TOO_LARGE", "payload",
                           absl::StrCat("a timer carries at most ", kPayloadBytesMax, " bytes"));
  }
  if (timer.due == absl::InfiniteFuture() || timer.due == absl::InfinitePast()) {
    return InvalidArgument("TIMER_NEVER_DUE", "due", "a timer has an instant at which it is due");
  }
  return absl::OkStatus();
}

store::Value PayloadOf(const Timer& timer) {
  return timer.payload.empty() ? store::Null() : store::Value(store::Blob{timer.payload});
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("timers", MigrationFiles()));
}

absl::Status Set(store::Transaction& transaction, const Kind& kind, const Timer& timer) {
  return SetAll(transaction, kind, absl::MakeConstSpan(&timer, 1));
}

absl::Status SetAll(store::Transaction& transaction, const Kind& kind,
                    absl::Span<const Timer> timers) {
  std::vector<std::vector<store::Value>> rows;
  rows.reserve(timers.size());
  for (const Timer& timer : timers) {
    RETURN_IF_ERROR(Check(timer));
    rows.push_back({std::string(kind.name), timer.subject.type, timer.subject.id,
                    absl::ToUnixMicros(timer.due), int64_t{kind.urgent}, PayloadOf(timer),
                    int64_t{0}, store::Null()});
  }
  return transaction.ExecuteMany(
      "INSERT INTO timers (kind, subject_type, subject_id, due_micros, urgent, payload, attempts, "
      "retry_micros) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
      "ON CONFLICT (kind, subject_type, subject_id) DO UPDATE SET "
      "due_micros = excluded.due_micros, urgent = excluded.urgent, payload = excluded.payload, "
      "attempts = excluded.attempts, retry_micros = excluded.retry_micros",
      rows);
}

absl::Status Cancel(store::Transaction& transaction, const Kind& kind, const Subject& subject) {
  return transaction
      .Execute("DELETE FROM timers WHERE kind = $1 AND subject_type = $2 AND subject_id = $3",
               {std::string(kind.name), subject.type, subject.id})
      .status();
}

}  // namespace bellwether::timers
