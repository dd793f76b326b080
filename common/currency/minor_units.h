// Amounts in minor units as people read them (ISO 4217).
#ifndef BELLWETHER_COMMON_CURRENCY_MINOR_UNITS_H_
#define BELLWETHER_COMMON_CURRENCY_MINOR_UNITS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether {

// With the currency's code where there is one: "10 005 534.00 USD".
std::string FormatMoney(int64_t amount_minor, absl::string_view currency_code);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_MINOR_UNITS_H_
