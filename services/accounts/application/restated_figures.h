// What turned out of accounts' orders on days that were closed (A3, H1).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RESTATED_FIGURES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RESTATED_FIGURES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// A figure at the end of each of these days; no value: no data.
struct FigureSpan {
  int32_t first_day = 0;
  int32_t last_day = 0;
  std::optional<int64_t> value;

  friend bool operator==(const FigureSpan&, const FigureSpan&) = default;
};
// Adds days after those that are there. What goes on the same becomes one span.
void AddSpan(const FigureSpan& span, std::vector<FigureSpan>& spans);

// What turned out of an account in an interval. A figure that is not named for a day is as it was.
struct RestatedFigures {
  int32_t partition = 0;
  std::string account_id;
  absl::Time known;  // the interval's begin
  // In order, without overlap.
  std::vector<FigureSpan> last_order_days;
  std::vector<FigureSpan> order_counts;
  std::vector<FigureSpan> order_values_minor;

  bool empty() const {
    return last_order_days.empty() && order_counts.empty() && order_values_minor.empty();
  }
  // Takes over what is said later of the same account.
  void Override(const RestatedFigures& later);

  friend bool operator==(const RestatedFigures&, const RestatedFigures&) = default;
};

// Everything that turned out until some instant.
class RestatedDays {
 public:
  // In the order in which it became known, per account.
  explicit RestatedDays(std::vector<RestatedFigures> restated);

  // The days of which something else is known now, the latest first.
  std::vector<int32_t> Days() const;
  // The orders at the end of `day`, which were shown as `shown`. As RankRfm wants them.
  std::vector<RfmOrders> Correct(int32_t day, std::vector<RfmOrders> shown) const;

 private:
  absl::flat_hash_map<std::string, std::vector<RestatedFigures>> by_account_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RESTATED_FIGURES_H_
