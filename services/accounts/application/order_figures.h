// The order figures of accounts, from which they are ranked (A3).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ORDER_FIGURES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ORDER_FIGURES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace bellwether::accounts {

// An account's orders in the trailing window as signals carried them; what is not set has no data.
// They hold the day of the last order and not how long ago it was, so that days on which nothing
// happens change nothing.
struct OrderFigures {
  int64_t version = 0;                    // of the signal that carried them
  std::optional<int64_t> last_order_day;  // local, as Calendar counts days
  std::optional<int64_t> order_count;
  std::optional<int64_t> order_value_minor;

  friend bool operator==(const OrderFigures&, const OrderFigures&) = default;
};

// The figures as they stand at a local midnight.
struct FiguresAt {
  int32_t partition = 0;
  std::string account_id;
  absl::Time midnight;
  OrderFigures figures;

  friend bool operator==(const FiguresAt&, const FiguresAt&) = default;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ORDER_FIGURES_H_
