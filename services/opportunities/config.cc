#include "services/opportunities/config.h"

namespace bellwether::opportunities {

void OpportunitiesConfig::Bind(config::Settings& settings) {
  settings.Integer("partitions", partitions, {1, 1'024}, "partitions of the deployment's topics");
  settings.Text("process-file", process_file,
                "stages and loss reasons (YAML); empty: the shipped process");
  settings.Text("currencies-file", currencies_file,
                "rates into the reporting currency (YAML); empty: the shipped examples");
  settings.Duration("ahead-max", ahead_max, {absl::ZeroDuration(), absl::Hours(24)},
                    "how far ahead of our clock an instant of the past may be");
  settings.Duration("retention", retention, {absl::Hours(1), absl::Hours(24 * 366)},
                    "how long sent changes and answers by request id are kept");
}

}  // namespace bellwether::opportunities
