// The deployment's rates, kept as their file has them.
#ifndef BELLWETHER_COMMON_CURRENCY_WATCHED_CURRENCIES_H_
#define BELLWETHER_COMMON_CURRENCY_WATCHED_CURRENCIES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/config/watched_value.h"
#include "common/currency/currency_source.h"
#include "common/metrics/metrics.h"

namespace bellwether {

class WatchedCurrencies : public config::WatchedValue<CurrencySource> {
 public:
  // The file at `path`, or the shipped examples. INVALID_ARGUMENT with every problem of the file.
  static absl::StatusOr<std::unique_ptr<WatchedCurrencies>> Open(absl::string_view service,
                                                                 const std::string& path,
                                                                 metrics::Registry& metrics);

 private:
  using WatchedValue::WatchedValue;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_WATCHED_CURRENCIES_H_
