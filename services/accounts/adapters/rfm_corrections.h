// Use case: correct cuts that were shown by what turned out since (A3, H1).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CORRECTIONS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CORRECTIONS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "common/store/store.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/adapters/sql_rfm_corrections.h"
#include "services/accounts/application/restated_figures.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// A late fact, a retraction or the withdrawal of an import changes what is known of closed days. At
// an instant K that follows, once every watermark has reached it, each night whose figures turned
// out otherwise before K is ranked anew: the cut that was shown stays, and the corrected one stands
// beside it as known at K. So what was corrected when follows from the journal alone.
class RfmCorrections {
 public:
  // All but `scheme` outlive it.
  struct Ports {
    RfmScheme scheme;
    const Calendar& calendar;
    SqlRfm& rfm;
    SqlRfmCorrections& corrections;
  };
  explicit RfmCorrections(const Ports& ports) : ports_(ports) {}

  // When cuts are to be corrected next; nothing while nothing is known that they do not show.
  absl::StatusOr<std::optional<absl::Time>> NextDue(store::Transaction& transaction) const {
    return ports_.corrections.NextDue(transaction);
  }
  // Corrects all nights before `at` by what became known before it. The newest cut, if it is now
  // another.
  absl::StatusOr<std::optional<RfmCut>> Take(store::Transaction& transaction, absl::Time at) const;

 private:
  // Whether the night came out otherwise.
  absl::StatusOr<bool> CorrectNight(store::Transaction& transaction, int32_t day,
                                    const RestatedDays& restated, absl::Time at,
                                    absl::Time next) const;

  const Ports ports_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CORRECTIONS_H_
