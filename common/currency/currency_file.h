// The rates as a file: ingest.v1.CurrencyRates in YAML.
#ifndef BELLWETHER_COMMON_CURRENCY_CURRENCY_FILE_H_
#define BELLWETHER_COMMON_CURRENCY_CURRENCY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "bellwether/ingest/v1/currency.pb.h"
#include "common/currency/currency_table.h"

namespace bellwether {

// The file at `path`; an empty path means the shipped examples. INVALID_ARGUMENT with every problem
// of the file.
absl::StatusOr<CurrencyTable> LoadCurrencies(const std::string& path);

ingest::v1::CurrencyRates ToMessage(const CurrencyTable& table);
// INVALID_ARGUMENT / CURRENCY_TABLE.
absl::StatusOr<CurrencyTable> FromMessage(const ingest::v1::CurrencyRates& rates);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_CURRENCY_FILE_H_
