// The port through which cases are read and written, within one transaction of the store.
#ifndef BELLWETHER_SERVICES_ALERTS_APPLICATION_CASE_ROWS_H_
#define BELLWETHER_SERVICES_ALERTS_APPLICATION_CASE_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/domain/notify.h"
#include "services/alerts/domain/silence.h"

namespace bellwether::alerts {

// One transaction, one thread. What is locked stays so until the transaction ends.
class CaseRows {
 public:
  virtual ~CaseRows() = default;

  // The latest case of a rule and subject.
  virtual absl::StatusOr<std::optional<Case>> LockLatest(absl::string_view rule_id,
                                                         absl::string_view subject_type,
                                                         absl::string_view subject) = 0;
  // All of them, oldest first.
  virtual absl::StatusOr<std::vector<Case>> LockAll(absl::string_view rule_id,
                                                    absl::string_view subject_type,
                                                    absl::string_view subject) = 0;
  virtual absl::StatusOr<std::optional<Case>> Lock(absl::string_view alert_id) = 0;
  // Open cases that came from the signals of `partition`.
  virtual absl::StatusOr<std::vector<Case>> LockOpen(int32_t partition) = 0;

  // The names of the targets that were sent anything of the alert.
  virtual absl::StatusOr<absl::flat_hash_set<std::string>> SentBefore(
      absl::string_view alert_id) = 0;

  // In force at that instant.
  virtual absl::StatusOr<std::vector<Silence>> ActiveSilences(absl::Time at) = 0;
  // Open cases of which a silence held something back, in the order of their ids: a page of those
  // behind `after`, empty when there are none. They are not locked.
  virtual absl::StatusOr<std::vector<Case>> HeldBack(absl::string_view after) = 0;

  // Stores a decision that changes something: case and timeline entry, and — with it, so that none
  // is lost — the event to publish and the notifications to send. `partition` is that of the
  // signals the decision came from; negative where it came from none, and the case keeps its own.
  virtual absl::Status Write(const Decision& decision, absl::Span<const PlannedDelivery> deliveries,
                             int32_t partition, absl::Time now) = 0;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_APPLICATION_CASE_ROWS_H_
