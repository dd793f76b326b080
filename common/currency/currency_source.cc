#include "common/currency/currency_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether {
namespace {

absl::Status SameReportingCurrency(const CurrencyTable& now, const CurrencyTable& next) {
  if (next.reporting_code() == now.reporting_code() &&
      next.reporting_digits() == now.reporting_digits()) {
    return absl::OkStatus();
  }
  return InvalidArgument("REPORTING_CURRENCY_FIXED", "reporting_currency",
                         absl::StrCat("figures are in ", now.reporting_code(), ", not ",
                                      next.reporting_code(), "; a restart sets another one"));
}

}  // namespace

CurrencySource::CurrencySource(CurrencyTable table)
    : CurrentValue(std::move(table), &SameReportingCurrency) {}

}  // namespace bellwether
