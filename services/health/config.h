// What a deployment may set about health scores.
#ifndef BELLWETHER_SERVICES_HEALTH_CONFIG_H_
#define BELLWETHER_SERVICES_HEALTH_CONFIG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/topics.h"
#include "common/config/settings.h"

namespace bellwether::health {

struct HealthConfig {
  int partitions = bus::kPartitionsDefault;
  // Threads that fold, each with its share of the partitions.
  int fold_threads = 1;
  // A shipped model's id or the path of a file; the catalogue's path or empty for the shipped one.
  std::string model = "six-dimension";
  std::string metrics_file;
  // Kinds of facts this deployment is fed with, beside those that the model names: "a,b".
  std::string feeds;
  // Puts the model into the journal if it is another than the last. Not for a replay: the journal
  // holds its models already.
  bool ship_model = true;
  int64_t checkpoint_records = 200'000;
  absl::Duration checkpoint_interval = absl::Seconds(30);
  // How long a subject of another service that has closed is remembered.
  absl::Duration closed_kept = absl::Hours(7 * 24);
  // How often a watch says that it lives.
  absl::Duration watch_heartbeat = absl::Seconds(10);

  void Bind(config::Settings& settings);
};

// INVALID_ARGUMENT with reason CACHE_NOT_SHARED for a cache of this process alone beside a store
// that others share: what a partition left in it when another replica took it would be shown for
// ever.
absl::Status CheckCacheIsShared(absl::string_view cache_url, bool store_is_shared);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_CONFIG_H_
