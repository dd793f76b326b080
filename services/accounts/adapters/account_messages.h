// Accounts and RFM results between the domain and the API's messages.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_MESSAGES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "services/accounts/domain/account.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// "accounts/acme" ↔ "acme". INVALID_ARGUMENT / ACCOUNT_NAME_INVALID with `field`.
std::string AccountName(absl::string_view account_id);
absl::StatusOr<std::string> AccountIdOf(absl::string_view name, absl::string_view field);

// With name, etag and the output-only instants.
v1::Account ToProto(const Account& account);
// Everything a caller or the store may set, name and output-only fields aside. INVALID_ARGUMENT for
// what the domain cannot hold: instants out of range, a parent that is no account name.
absl::StatusOr<Account> FromProto(const v1::Account& proto, const std::string& account_id);

v1::RfmLevel ToProto(RfmLevel level);
// The place of an account in the cut; `rank` from 1.
v1::Rfm ToProto(const RfmPlace& place, const RfmCut& cut, int64_t rank);
// An account without orders in the window of that cut.
v1::Rfm Unranked(absl::string_view account_id, const RfmCut& cut);

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_MESSAGES_H_
