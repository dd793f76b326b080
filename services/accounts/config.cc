#include "services/accounts/config.h"

namespace bellwether::accounts {

void AccountsConfig::Bind(config::Settings& settings) {
  settings.Integer("partitions", partitions, {1, 1'024}, "partitions of the deployment's topics");
  settings.Text("rfm-file", rfm_file, "RFM weights and levels (YAML); empty: the shipped ones");
  settings.Duration("ahead-max", ahead_max, {absl::ZeroDuration(), absl::Hours(24)},
                    "how far ahead of our clock an instant of the past may be");
  settings.Duration("retention", retention, {absl::Hours(1), absl::Hours(24 * 366)},
                    "how long sent changes and answers by request id are kept");
}

}  // namespace bellwether::accounts
