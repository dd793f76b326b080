// Use case: rank the accounts at each local midnight (A3).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CUTS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CUTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "common/scheme/scheme.h"
#include "common/store/store.h"
#include "services/accounts/adapters/rfm_corrections.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/adapters/sql_rfm_corrections.h"
#include "services/accounts/application/account_changes.h"
#include "services/accounts/domain/account.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// Takes the cut of local midnight T once every partition's watermark has reached T, from the
// figures of the day that ends at T, and once only: the schedule row moves on in the same
// transaction. The first T is the first midnight after the earliest tick of all partitions, so the
// sequence of cuts follows from the journal. Midnights before the first order, and those since when
// no figure has moved, are passed over without a cut: a night more moves every recency alike, and
// ranks are all that is scored. So idle years cost nothing.
//
// A level that changes is kept with its cut; the tier of the account follows the cut of the last
// midnight before `now`, unless pinned. Cuts of earlier ones (a past being built, an outage made up
// for) are history: were tiers to follow them too, rules that look at tiers would fire and clear
// for each of those nights in turn.
//
// Between two cuts those before them are corrected (rfm_corrections.h), in the order of instants.
// Where the newest one is another by that, levels and tiers follow it from then on.
class RfmCuts {
 public:
  // All but `scheme` outlive it.
  struct Ports {
    RfmScheme scheme;
    const Calendar& calendar;
    const scheme::Scheme& classes;  // one class per level, best first
    SqlRfm& rfm;
    SqlRfmCorrections& corrections;
    SqlAccounts& accounts;
    AccountChanges& changes;
  };
  explicit RfmCuts(const Ports& ports)
      : ports_(ports), corrections_({ports.scheme, ports.calendar, ports.rfm, ports.corrections}) {}

  struct Taken {
    bool cut = false;
    bool corrected = false;  // what came before
    int tiers_changed = 0;

    bool more() const { return cut || corrected; }  // another one may be due
  };
  // Takes the next cut or correction if one is due.
  absl::StatusOr<Taken> TakeDue(store::Transaction& transaction, absl::Time now);

 private:
  absl::StatusOr<RfmCut> Rank(store::Transaction& transaction, absl::Time midnight) const;
  // The instant of the next correction, if that is due before the next cut.
  absl::StatusOr<std::optional<absl::Time>> CorrectionBefore(
      store::Transaction& transaction, const std::optional<cut::Cuts::Due>& due);
  absl::StatusOr<Taken> Correct(store::Transaction& transaction, absl::Time at,
                                const std::optional<cut::Cuts::Due>& due, absl::Time now);
  // Gives everybody the level of the cut, and where that is of the last night, the tier; the
  // number of tiers that changed.
  absl::StatusOr<int> Follow(store::Transaction& transaction, const RfmCut& cut, absl::Time now);
  // Passes over the nights from `due` to the one of `move`, or to the present; the number of tiers
  // that changed.
  absl::StatusOr<int> PassOver(store::Transaction& transaction, const cut::Cuts::Due& due,
                               std::optional<absl::Time> move, absl::Time now);
  // Of the nights that are made up for only the last one is about the present.
  bool IsLastNight(const RfmCut& cut, absl::Time now) const;
  absl::StatusOr<int> AlignTiers(store::Transaction& transaction, const RfmCut& cut,
                                 const std::vector<AccountTier>& tiers, absl::Time now);

  // Because of what happened at `cut`: version, instant and outbox row in the same transaction.
  absl::Status ChangeTier(store::Transaction& transaction, Account account, std::string tier,
                          absl::Time cut, absl::Time now);

  const Ports ports_;
  const RfmCorrections corrections_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CUTS_H_
