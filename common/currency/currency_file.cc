#include "common/currency/currency_file.h"

#include <vector>

#include "bellwether/ingest/v1/currency.pb.h"
#include "common/base/status.h"
#include "common/config/problems.h"
#include "common/config/yaml_message.h"
#include "common/currency/shipped_rates.h"

namespace bellwether {
namespace {

absl::Status ReadRates(const std::string& path, ingest::v1::CurrencyRates& rates) {
  if (!path.empty()) return config::LoadYaml(path, rates);
  const EmbeddedFile& shipped = ShippedRates().front();
  config::Problems problems;
  config::ReadYaml(shipped.content, shipped.name, rates, problems);
  return problems.ToStatus();
}

}  // namespace

absl::StatusOr<CurrencyTable> LoadCurrencies(const std::string& path) {
  ingest::v1::CurrencyRates message;
  RETURN_IF_ERROR(ReadRates(path, message));
  std::vector<CurrencyRate> rates;
  for (const ingest::v1::CurrencyRate& rate : message.currencies()) {
    CurrencyRate& added = rates.emplace_back();
    added.code = rate.code();
    if (rate.has_minor_digits()) added.minor_digits = rate.minor_digits();
    added.rate_micros = rate.rate_micros();
    added.per_units = rate.per_units() == 0 ? 1 : rate.per_units();
  }
  return CurrencyTable::Create(message.reporting_currency(), rates);
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
