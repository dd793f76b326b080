// The rates as they are now.
#ifndef BELLWETHER_COMMON_CURRENCY_CURRENCY_SOURCE_H_
#define BELLWETHER_COMMON_CURRENCY_CURRENCY_SOURCE_H_

#include "common/base/current_value.h"
#include "common/currency/currency_table.h"

namespace bellwether {

// Thread-safe. Replace: INVALID_ARGUMENT / REPORTING_CURRENCY_FIXED for a table with another
// reporting currency: all that was converted before is in that of the first one.
class CurrencySource : public CurrentValue<CurrencyTable> {
 public:
  explicit CurrencySource(CurrencyTable table);
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_CURRENCY_SOURCE_H_
