#include "common/currency/minor_units.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/decimal/decimal.h"

namespace bellwether {

int MinorUnitDigits(absl::string_view currency_code) {
  static constexpr absl::string_view kNone[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                "VND", "VUV", "XAF", "XOF", "XPF"};
  static constexpr absl::string_view kThree[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::find(std::begin(kNone), std::end(kNone), currency_code) != std::end(kNone)) return 0;
  if (std::find(std::begin(kThree), std::end(kThree), currency_code) != std::end(kThree)) return 3;
  return 2;
}

std::string FormatMoney(int64_t amount_minor, absl::string_view currency_code) {
  return absl::StrCat(FormatGrouped(amount_minor, MinorUnitDigits(currency_code)),
                      currency_code.empty() ? "" : " ", currency_code);
}

}  // namespace bellwether
