#include "common/currency/watched_currencies.h"

#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status.h"
#include "common/currency/currency_file.h"
#include "common/currency/shipped_rates.h"

namespace bellwether {

absl::StatusOr<std::unique_ptr<WatchedCurrencies>> WatchedCurrencies::Open(
    absl::string_view service, const std::string& path, metrics::Registry& metrics) {
  ASSIGN_OR_RETURN(auto first,
                   First(path, &TakeCurrencies, std::string(ShippedRates().front().content)));
  return absl::WrapUnique(new WatchedCurrencies({std::string(service), "currencies"}, path,
                                                std::move(first), &TakeCurrencies, metrics));
}

}  // namespace bellwether
