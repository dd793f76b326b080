#include "common/currency/currency_file.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/ingest/v1/currency.pb.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/currency/shipped_rates.h"

namespace bellwether {

namespace {

using RatesDocument = config::Document<ingest::v1::CurrencyRates>;

absl::StatusOr<CurrencyTable> TableOf(const RatesDocument& document) {
  absl::StatusOr<CurrencyTable> table = FromMessage(document.message);
  return table.ok() ? std::move(table) : document.At(table.status());
}

}  // namespace

absl::Status TakeCurrencies(absl::string_view text, absl::string_view file,
                            absl::FunctionRef<absl::Status(CurrencyTable)> take) {
  ASSIGN_OR_RETURN(const RatesDocument document,
                   config::ParseDocument<ingest::v1::CurrencyRates>(text, file));
  absl::StatusOr<CurrencyTable> table = FromMessage(document.message);
  return document.At(table.ok() ? take(*std::move(table)) : table.status());
}

absl::StatusOr<CurrencyTable> LoadCurrencies(const std::string& path) {
  ASSIGN_OR_RETURN(const RatesDocument document, config::LoadShipped<ingest::v1::CurrencyRates>(
                                                     path, "currencies.yaml", ShippedRates()));
  return TableOf(document);
}

absl::StatusOr<CurrencyTable> FromMessage(const ingest::v1::CurrencyRates& message) {
  std::vector<CurrencyRate> rates;
  for (const ingest::v1::CurrencyRate& rate : message.currencies()) {
    CurrencyRate& added = rates.emplace_back();
    added.code = rate.code();
    if (rate.has_minor_digits()) added.minor_digits = rate.minor_digits();
    added.rate_micros = rate.rate_micros();
    added.per_units = rate.per_units() == 0 ? 1 : rate.per_units();
    if (rate.from().empty()) continue;
    absl::CivilDay from;
    if (!absl::ParseCivilTime(rate.from(), &from)) {
      return InvalidArgument("CURRENCY_TABLE",
                             absl::StrCat("currencies[", rates.size() - 1, "].from"),
                             absl::StrCat("\"", rate.from(), "\" is not a day such as 2026-12-01"));
    }
    added.from = from;
  }
  return CurrencyTable::Create(message.reporting_currency(), std::move(rates));
}

ingest::v1::CurrencyRates ToMessage(const CurrencyTable& table) {
  ingest::v1::CurrencyRates message;
  message.set_reporting_currency(table.reporting_code());
  for (const CurrencyRate& rate : table.rates()) {
    ingest::v1::CurrencyRate& added = *message.add_currencies();
    added.set_code(rate.code);
    added.set_minor_digits(*rate.minor_digits);
    added.set_rate_micros(rate.rate_micros);
    added.set_per_units(rate.per_units);
    if (rate.from.has_value()) added.set_from(absl::FormatCivilTime(*rate.from));
  }
  return message;
}

}  // namespace bellwether
