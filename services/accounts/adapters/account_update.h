// Field masks of UpdateAccount (AIP-134).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_UPDATE_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_UPDATE_H_

#include "absl/status/statusor.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace bellwether::accounts {

// `present` with the fields named by `mask` taken from `wanted`: lists and messages as a whole, and
// empty ones clear the field. An empty mask names every field that is set in `wanted`, "*" all that
// may be changed. INVALID_ARGUMENT / UPDATE_MASK_INVALID for paths that are no fields, lie below a
// field, or are not the caller's to set.
absl::StatusOr<v1::Account> Merge(const v1::Account& present, const v1::Account& wanted,
                                  const google::protobuf::FieldMask& mask);

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_UPDATE_H_
