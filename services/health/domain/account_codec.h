// The stored form of an account: one packed, versioned, checked blob.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_ACCOUNT_CODEC_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_ACCOUNT_CODEC_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

// What a stored account says beside its own state.
struct AccountPosition {
  // Which activation its emitted values belong to: the journal offset, −1 for none.
  int64_t activation_offset = -1;
  // Version and instant of its last change.
  int64_t version = 0;
  int64_t changed_micros = 0;
  // The history segments that hold its latest records; −1 for none.
  int64_t segment = -1;
  int64_t segment_before = -1;

  friend bool operator==(const AccountPosition&, const AccountPosition&) = default;
};

class AccountCodec {
 public:
  // Appends the blob. Values that follow from the series are not stored: of the emitted values only
  // those that differ from the live ones are.
  static void Encode(const Account& account, const AccountPosition& position, std::string& blob);

  struct Decoded {
    Account account;
    AccountPosition position;
  };
  // Restores the account as of local day `now.today` under `model`, the partition's active one
  // (null for none), activated at `activation_offset`. If a midnight or an activation has passed
  // since it was stored, everything was emitted exactly then, so the emitted values are derived.
  // DATA_LOSS / STATE_CORRUPT when the bytes are not what Encode wrote.
  static absl::StatusOr<Decoded> Decode(absl::string_view blob, const ActiveModel* model,
                                        int64_t activation_offset, FoldDay now);
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_ACCOUNT_CODEC_H_
