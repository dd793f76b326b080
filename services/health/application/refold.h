// The one re-fold (H4): an account's history through the same fold that keeps it live. Explains,
// answers as of a past instant, verifies, and finds the outcome of a fact.
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_REFOLD_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_REFOLD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "services/health/application/account_history.h"
#include "services/health/application/correction.h"
#include "services/health/application/journal_item.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

struct RefoldRequest {
  std::string account;
  // The end: midnights up to this instant fire, records applied later are left out.
  absl::Time until = absl::InfiniteFuture();
  // The state is to answer for this instant: facts that were neither known nor had happened by then
  // are left out, as are models activated since, and nothing that its day reads is dropped. Later
  // than `until`: no such instant.
  absl::Time as_of = absl::InfiniteFuture();
};

// One step of the account's life.
struct RefoldStep {
  absl::Time time;
  // What was read; null for a midnight.
  const JournalItem* item = nullptr;
  int64_t offset = -1;                  // of the record applied; −1 for a midnight
  std::optional<FactOutcome> outcome;   // of a fact
  std::optional<DaySnapshot> snapshot;  // of a midnight: the day that ended
  const ActiveModel* model_before = nullptr;
  const ActiveModel* model = nullptr;
  const std::vector<int64_t>& values_before;
  const Account& account;  // after the step
};
using RefoldObserver = std::function<void(const RefoldStep&)>;

struct Refolded {
  Account account;
  std::shared_ptr<const ActiveModel> model;
  int64_t facts = 0;
  // Of the last record applied to the account; −1 for none.
  int64_t last_offset = -1;
};

// The account of the request as its history has it up to and including `correcting`, without what
// does not count then.
absl::StatusOr<Corrected> FoldCorrected(const Calendar& calendar, AccountHistory& history,
                                        const RefoldRequest& request,
                                        const AppliedItem& correcting);

// Re-folds the account from its history. `observer` may be null.
absl::StatusOr<Refolded> Refold(const Calendar& calendar, AccountHistory& history,
                                const RefoldRequest& request, const RefoldObserver& observer);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_REFOLD_H_
