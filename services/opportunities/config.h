// What a deployment may set about opportunities.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_CONFIG_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_CONFIG_H_

#include <string>

#include "absl/time/time.h"
#include "common/bus/topics.h"
#include "common/config/settings.h"
#include "services/opportunities/domain/opportunity.h"

namespace bellwether::opportunities {

struct OpportunitiesConfig {
  int partitions = bus::kPartitionsDefault;
  // Files; empty means the shipped process and the shipped rates.
  std::string process_file;
  std::string currencies_file;
  // How far ahead of our clock an instant of the past may be: clocks of callers differ.
  absl::Duration ahead_max = kAheadMaxDefault;
  // Outbox rows that were sent and answers kept by request id are forgotten after this.
  absl::Duration retention = absl::Hours(24 * 7);

  void Bind(config::Settings& settings);
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_CONFIG_H_
