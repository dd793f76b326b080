#include "common/currency/currency_file.h"

#include <utility>
#include <vector>

#include "bellwether/ingest/v1/currency.pb.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/currency/shipped_rates.h"

namespace bellwether {

absl::StatusOr<CurrencyTable> LoadCurrencies(const std::string& path) {
  ASSIGN_OR_RETURN(
      const config::Document<ingest::v1::CurrencyRates> document,
      config::LoadShipped<ingest::v1::CurrencyRates>(path, "currencies.yaml", ShippedRates()));
  absl::StatusOr<CurrencyTable> table = FromMessage(document.message);
  return table.ok() ? std::move(table) : document.At(table.status());
}

absl::StatusOr<CurrencyTable> FromMessage(const ingest::v1::CurrencyRates& message) {
  std::vector<CurrencyRate> rates;
  for (const ingest::v1::CurrencyRate& rate : message.currencies()) {
    CurrencyRate& added = rates.emplace_back();
    added.code = rate.code();
    if (rate.has_minor_digits()) added.minor_digits = rate.minor_digits();
    added.rate_micros = rate.rate_micros();
    added.per_units = rate.per_units() == 0 ? 1 : rate.per_units();
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
  }
  return message;
}

}  // namespace bellwether
