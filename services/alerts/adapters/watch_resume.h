// Where a watch of alerts that broke off begins again (L7).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_WATCH_RESUME_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_WATCH_RESUME_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/store/store.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// How much further back than its token a watch is taken up: clocks of replicas differ, and changes
// of several partitions are published side by side. The bound: a change that was published, or
// taken from the topic, later than this after the newest one that a watch was sent, and while that
// watch was away, is not in what it is told as it comes back. It stands on the board, and comes
// with the alert's next change.
inline constexpr absl::Duration kResumeOverlap = absl::Minutes(1);

// `stored`: when the newest change that was sent was stored.
std::string ResumeToken(absl::Time stored);

// INVALID_ARGUMENT / RESUME_TOKEN_INVALID for what ResumeToken did not make, or not yet;
// OUT_OF_RANGE / RESUME_TOKEN_TOO_OLD for one older than `age_max`: what is open says it sooner.
absl::StatusOr<absl::Time> ReadResumeToken(absl::string_view token, absl::Time now,
                                           absl::Duration age_max);

// Every alert that was changed since, or ended, as the change that led to its present state, in the
// order of those changes. Not those of a backfill.
absl::StatusOr<std::vector<v1::AlertChanged>> ReadChangedSince(store::Transaction& transaction,
                                                               const CasePolicy& policy,
                                                               absl::Time since);

// An alert, and the version of it that a watcher has.
struct SeenAlert {
  std::string name;
  int64_t entity_version = 0;
};

// What is open and has been at that level or above: a watch of it has told of them, also when it
// broke off since, so they concern it until they end, however mild they have become.
absl::StatusOr<std::vector<SeenAlert>> ReadOpenSince(store::Transaction& transaction,
                                                     Level minimum_level);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_WATCH_RESUME_H_
