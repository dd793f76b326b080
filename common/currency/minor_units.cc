#include "common/currency/minor_units.h"

#include "absl/strings/str_cat.h"
#include "common/currency/iso_4217.h"
#include "common/decimal/decimal.h"

namespace bellwether {

std::string FormatMoney(int64_t amount_minor, absl::string_view currency_code) {
  return absl::StrCat(FormatGrouped(amount_minor, MinorDigitsOf(currency_code)),
                      currency_code.empty() ? "" : " ", currency_code);
}

}  // namespace bellwether
