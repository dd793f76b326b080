// The use cases of cases: every one locks, decides, plans who is notified, and writes.
#ifndef BELLWETHER_SERVICES_ALERTS_APPLICATION_CASE_BOOK_H_
#define BELLWETHER_SERVICES_ALERTS_APPLICATION_CASE_BOOK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/alerts/application/case_rows.h"
#include "services/alerts/domain/decide.h"

namespace bellwether::alerts {

// What a re-fold of a partition's signals led to.
struct Restatement {
  // Conditions that hold, as ChangeKind::kRestated.
  std::vector<ConditionChange> holding;
  // (rule, key of the subject) of conditions that are pending: their cases, if any, go on waiting.
  absl::flat_hash_set<std::pair<std::string, std::string>> pending;
  absl::Time at;
};

// Notified of in one transaction when a silence ends.
inline constexpr int64_t kLiftedAtOnce = 500;

// Stateless but for rules and policy, which outlive it. Thread-safe. Store failures are returned as
// they are; nothing is half done, since the caller's transaction is then rolled back.
class CaseBook {
 public:
  CaseBook(const RuleSet& rules, const CasePolicy& policy) : rules_(rules), policy_(policy) {}

  // In order. `now` is when they are being stored.
  absl::Status ApplyChanges(CaseRows& rows, int32_t partition,
                            absl::Span<const ConditionChange> changes, absl::Time now) const;

  // Brings the partition's cases in line with a re-fold: what no longer holds ends, what holds and
  // has no case gets one. Nobody is notified of anything new.
  absl::Status Restate(CaseRows& rows, int32_t partition, const Restatement& restatement,
                       absl::Time now) const;

  // NOT_FOUND / ALERT_NOT_FOUND; FAILED_PRECONDITION as Decide has it.
  absl::Status Acknowledge(CaseRows& rows, absl::string_view alert_id,
                           const Acknowledged& event) const;
  absl::Status Unacknowledge(CaseRows& rows, absl::string_view alert_id,
                             const Unacknowledged& event) const;
  absl::Status Resolve(CaseRows& rows, absl::string_view alert_id,
                       const ResolvedByHand& event) const;

  // True when it escalated.
  absl::StatusOr<bool> Escalate(CaseRows& rows, absl::string_view alert_id,
                                const EscalationDue& event) const;
  // Notifies of what a silence held back and none covers any more, kLiftedAtOnce at most; how many
  // those were. Looks at all that was held back: what is still covered stands in nobody's way.
  absl::StatusOr<int64_t> LiftSilences(CaseRows& rows, absl::Time now) const;
  // A delivery's end is an entry of the timeline of its alert.
  absl::Status ReportDelivery(CaseRows& rows, absl::string_view alert_id,
                              const DeliveryEnded& event) const;

 private:
  // Each case that the restated days concern is marked.
  absl::Status MarkRestated(CaseRows& rows, int32_t partition, const ConditionChange& change,
                            absl::Time now) const;
  absl::Status ApplyChange(CaseRows& rows, int32_t partition, const ConditionChange& change,
                           absl::Time now) const;
  absl::Status Change(CaseRows& rows, absl::string_view alert_id, const CaseEvent& event,
                      absl::Time at) const;
  // True when the alert was notified.
  absl::StatusOr<bool> LiftSilence(CaseRows& rows, absl::string_view alert_id,
                                   absl::Span<const Silence> active, absl::Time now) const;
  // With the deliveries that follow from the decision (L6), unless a silence holds them back.
  // `before`: the case that was decided on.
  absl::Status Write(CaseRows& rows, const std::optional<Case>& before, Decision decision,
                     int32_t partition, absl::Time now) const;

  const RuleSet& rules_;
  const CasePolicy& policy_;
};

// The reasons people may give for resolving by hand (ResolveAlertRequest.reason).
bool IsResolveReason(absl::string_view reason);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_APPLICATION_CASE_BOOK_H_
