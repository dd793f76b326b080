// Why the score moved (H4).
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_EXPLAIN_HEALTH_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_EXPLAIN_HEALTH_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/health/application/refold.h"

namespace bellwether::health {

// One change of the score with its cause.
struct ScoreChange {
  absl::Time time;
  // Set unless the cause is a midnight.
  struct Record {
    int64_t offset = -1;
    ItemKind kind = ItemKind::kFact;
    std::optional<FactKind> fact;
    std::string source;
    std::string id;          // of a withdrawal: the import run
    std::string import_run;  // empty for what is not imported
    std::string retracted_source;
    std::string retracted_id;
  };
  std::optional<Record> record;
  // What took the fact back that was the cause.
  std::optional<Record> retracted_by;
  int64_t score_before = kAbsent;
  int64_t score_after = kAbsent;
  // Add up exactly to score_after − score_before, an absent score counting as 0.
  std::vector<PointChange> points;
};

// Of a step that applied a record.
ScoreChange::Record RecordOf(const RefoldStep& step);

// A closed day as the re-fold sees it.
struct ClosedDay {
  DaySnapshot snapshot;
  absl::Time closed_at;
};

struct Explanation {
  std::deque<ScoreChange> changes;  // newest first
  std::vector<ClosedDay> days;      // within the span, oldest first
  Refolded end;                     // the account at the end of the span
};

struct ExplainRequest {
  std::string account;
  // Changes after `from`, up to and including `to`.
  absl::Time from;
  absl::Time to;
  size_t changes_max = 0;  // the newest of them
};

absl::StatusOr<Explanation> ExplainHealth(const Calendar& calendar, AccountHistory& history,
                                          const ExplainRequest& request);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_EXPLAIN_HEALTH_H_
