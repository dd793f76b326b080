// The queries of AccountsService.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_QUERIES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_QUERIES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "common/base/clock.h"
#include "common/store/store.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Thread-safe.
class AccountQueries {
 public:
  // All of them outlive it.
  AccountQueries(store::Store& store, SqlAccounts& accounts, SqlRfm& rfm, const Clock& clock)
      : store_(store), accounts_(accounts), rfm_(rfm), clock_(clock) {}

  absl::StatusOr<v1::Account> Get(const v1::GetAccountRequest& request);
  absl::StatusOr<v1::ListAccountsResponse> List(const v1::ListAccountsRequest& request);
  absl::StatusOr<v1::Rfm> Rfm(const v1::GetRfmRequest& request);
  absl::StatusOr<v1::ListRfmHistoryResponse> RfmHistory(const v1::ListRfmHistoryRequest& request);
  absl::StatusOr<v1::ListRfmResponse> RfmRanking(const v1::ListRfmRequest& request);

 private:
  // The cut of the last midnight by `as_of`, the latest one there is if that is unset, as known at
  // `known_at`, or now (A3). NOT_FOUND / RFM_NO_CUT; FAILED_PRECONDITION / RFM_CUT_NOT_YET when
  // that midnight is past and its cut is still to come.
  absl::StatusOr<RfmCut> CutAt(store::Transaction& transaction, std::optional<absl::Time> as_of,
                               std::optional<absl::Time> known_at);
  // The account at that cut, ranked or not; NOT_FOUND for one nobody knows.
  absl::StatusOr<v1::Rfm> RfmAt(store::Transaction& transaction, const RfmCut& cut,
                                const std::string& account_id);

  store::Store& store_;
  SqlAccounts& accounts_;
  SqlRfm& rfm_;
  const Clock& clock_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_QUERIES_H_
