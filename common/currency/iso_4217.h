// What ISO 4217 says of a currency's minor unit.
#ifndef BELLWETHER_COMMON_CURRENCY_ISO_4217_H_
#define BELLWETHER_COMMON_CURRENCY_ISO_4217_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace bellwether {

// Of a currency that the standard does not know, and where none is named.
inline constexpr int kMinorDigitsDefault = 2;

// Digits after the point of the minor unit: CNY 2, JPY 0, KWD 3; nothing for what is no active
// code.
std::optional<int> IsoMinorDigits(absl::string_view currency_code);

inline int MinorDigitsOf(absl::string_view currency_code) {
  return IsoMinorDigits(currency_code).value_or(kMinorDigitsDefault);
}

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_ISO_4217_H_
