// A cut as it is stored.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CUT_CODEC_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CUT_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

std::string EncodeCut(const RfmCut& cut);
// DATA_LOSS / RFM_CUT_MALFORMED when columns are missing or of different lengths.
absl::StatusOr<RfmCut> DecodeCut(absl::Time time, const std::string& bytes);

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_CUT_CODEC_H_
