// Collects the order figures that the signals of one partition carry.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_PARTITION_FIGURES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_PARTITION_FIGURES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/calendar/calendar.h"
#include "services/accounts/application/order_figures.h"

namespace bellwether::accounts {

// One figure in a step: not in it, now absent, or a value.
struct FigureUpdate {
  bool changed = false;
  std::optional<int64_t> value;
};

// What one step of a signal says about an account's orders.
struct FigureStep {
  absl::Time time;
  FigureUpdate recency_days;
  FigureUpdate order_count;
  FigureUpdate order_value_minor;
};

// The figures of one partition's accounts, and what of them is not stored yet. A signal carries
// only what moved, so the last value of each figure stands. A cut at midnight T is about the day
// that ends there, so a step counts for the midnight strictly after it: what a day's close emits at
// T is how the day that begins at T starts out.
//
// One thread.
class PartitionFigures {
 public:
  // `latest` as the repository gave them.
  PartitionFigures(int32_t partition, const Calendar& calendar, absl::Span<const FiguresAt> latest);

  // Drops what is not newer than what is known of the account.
  void Apply(absl::string_view account_id, int64_t version, absl::Span<const FigureStep> steps);

  // What has changed since the last call, one per account and midnight, the last one each. A signal
  // that changes nothing leaves its version unstored: read again after a restart, it changes
  // nothing again.
  std::vector<FiguresAt> TakeChanged();

 private:
  const int32_t partition_;
  const Calendar& calendar_;
  absl::flat_hash_map<std::string, OrderFigures> figures_;
  std::map<std::pair<std::string, absl::Time>, OrderFigures> changed_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_PARTITION_FIGURES_H_
