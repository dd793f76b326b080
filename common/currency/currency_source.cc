#include "common/currency/currency_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether {

CurrencySource::CurrencySource(CurrencyTable table)
    : table_(std::make_shared<const CurrencyTable>(std::move(table))) {}

std::shared_ptr<const CurrencyTable> CurrencySource::Now() const {
  absl::ReaderMutexLock lock(&mutex_);
  return table_;
}

absl::Status CurrencySource::Replace(CurrencyTable table) {
  auto next = std::make_shared<const CurrencyTable>(std::move(table));
  absl::MutexLock lock(&mutex_);
  if (next->reporting_code() != table_->reporting_code() ||
      next->reporting_digits() != table_->reporting_digits()) {
    return InvalidArgument("REPORTING_CURRENCY_FIXED", "reporting_currency",
                           absl::StrCat("figures are in ", table_->reporting_code(), ", not ",
                                        next->reporting_code(), "; a restart sets another one"));
  }
  table_ = std::move(next);
  return absl::OkStatus();
}

}  // namespace bellwether
