// How each receiver of notifications was reached last (L6).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_CHANNELS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_CHANNELS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/system/v1/status.pb.h"
#include "common/store/store.h"
#include "services/alerts/domain/delivery.h"

namespace bellwether::alerts {

struct Channel {
  std::string kind;
  std::string name;
};
inline constexpr char kWebhookChannel[] = "webhook";
inline constexpr char kAlertmanagerChannel[] = "alertmanager";

// The latest attempt to reach it.
absl::Status RecordChannel(store::Transaction& transaction, const Channel& channel,
                           const DeliveryVerdict& verdict, absl::string_view detail,
                           absl::Time now);

// With what waits for it; also one that nothing was ever sent to.
absl::StatusOr<system::v1::ChannelStatus> ReadChannel(store::Transaction& transaction,
                                                      const Channel& channel);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_CHANNELS_H_
