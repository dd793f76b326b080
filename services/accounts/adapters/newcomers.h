// Accounts that come between two cuts, as new or as released, have their tier at once (A3).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_NEWCOMERS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_NEWCOMERS_H_

#include "absl/status/status.h"
#include "common/scheme/scheme.h"
#include "common/store/store.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Thread-safe; outlived by what it refers to.
class Newcomers {
 public:
  Newcomers(SqlRfm& rfm, const scheme::Scheme& classes) : rfm_(rfm), classes_(classes) {}

  // Classifies the account by the last cut, and gives it the tier that follows, unless its creator
  // gave it one. Before the first cut it stays without. In the transaction that creates it.
  absl::Status Classify(store::Transaction& transaction, Account& account) const;

  // Of an account whose tier is taken away or was pinned until now: the one that follows from its
  // level, unless a new one is given with it. Before the first cut it stays as wanted.
  absl::Status Release(store::Transaction& transaction, const Account& before,
                       Account& wanted) const;

 private:
  SqlRfm& rfm_;
  const scheme::Scheme& classes_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_NEWCOMERS_H_
