// The RFM scheme as configuration: services/accounts/config/rfm.yaml.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_SCHEME_FILE_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_SCHEME_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/scheme/scheme.h"
#include "services/accounts/adapters/rfm_signals_handler.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

struct RfmConfig {
  RfmScheme scheme;
  OrderMetrics order_metrics;
  absl::Duration correction_interval;
  scheme::Scheme classes;  // config/rfm_classes.yaml: one class per level, best first
};

// INVALID_ARGUMENT naming everything that is wrong; `file` is only for that.
absl::StatusOr<RfmConfig> ParseRfmConfig(absl::string_view yaml, absl::string_view file);
// INVALID_ARGUMENT also for one that has not five levels, is not nightly, or names no tier of ours.
absl::StatusOr<scheme::Scheme> ParseRfmClasses(absl::string_view yaml, absl::string_view file);
// The file at `path` with the classes that are shipped; an empty path means the scheme that is
// shipped.
absl::StatusOr<RfmConfig> LoadRfmConfig(const std::string& path);

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_SCHEME_FILE_H_
