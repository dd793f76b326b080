#include "services/health/config.h"

#include "common/base/status.h"
#include "common/cache/open_cache.h"

namespace bellwether::health {

void HealthConfig::Bind(config::Settings& settings) {
  settings.Integer("partitions", partitions, {1, 1'024}, "partitions of the deployment's topics");
  settings.Integer("fold-threads", fold_threads, {1, 64}, "threads that fold the journal");
  settings.Text("model", model, "health model: the id of a shipped one, or a file (YAML)");
  settings.Text("metrics-file", metrics_file, "metric catalogue (YAML); empty: the shipped one");
  settings.Text("feeds", feeds,
                "kinds of facts whose feed lives (case_opened,payment_overdue,…), so that silence "
                "means nothing happened");
  settings.Flag("ship-model", ship_model,
                "the model goes into the journal when it is new; unset it to fold a journal again "
                "that holds its models already");
  settings.Integer("checkpoint.records", checkpoint_records, {1, 10'000'000},
                   "most records between checkpoints");
  settings.Duration("checkpoint.interval", checkpoint_interval,
                    {absl::Milliseconds(100), absl::Minutes(10)},
                    "longest time between checkpoints");
  settings.Duration("closed-kept", closed_kept, {absl::Hours(1), absl::Hours(24 * 366)},
                    "how long a closed opportunity (or other subject) is remembered, so that a "
                    "copy that comes late opens nothing");
  settings.Duration("watch.heartbeat", watch_heartbeat, {absl::Milliseconds(10), absl::Minutes(1)},
                    "how often a watch that has nothing to tell says that it lives");
}

absl::Status CheckCacheIsShared(absl::string_view cache_url, bool store_is_shared) {
  if (cache_url != cache::kMemoryCacheUrl || !store_is_shared) return absl::OkStatus();
  return InvalidArgument("CACHE_NOT_SHARED", "cache",
                         "memory: is of one process, the store may be shared by several replicas: "
                         "name a redis://HOST:PORT that all of them use",
                         "H9");
}

}  // namespace bellwether::health
