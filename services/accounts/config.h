// What a deployment may set about accounts.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_CONFIG_H_
#define BELLWETHER_SERVICES_ACCOUNTS_CONFIG_H_

#include <string>

#include "absl/time/time.h"
#include "common/bus/topics.h"
#include "common/config/settings.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

struct AccountsConfig {
  int partitions = bus::kPartitionsDefault;
  // File; empty means the shipped scheme.
  std::string rfm_file;
  // How far ahead of our clock an instant of the past may be: clocks of callers differ.
  absl::Duration ahead_max = kAheadMaxDefault;
  // Outbox rows that were sent and answers kept by request id are forgotten after this.
  absl::Duration retention = absl::Hours(24 * 7);

  void Bind(config::Settings& settings);
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_CONFIG_H_
