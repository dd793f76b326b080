// The rates as a file: ingest.v1.CurrencyRates in YAML.
#ifndef BELLWETHER_COMMON_CURRENCY_CURRENCY_FILE_H_
#define BELLWETHER_COMMON_CURRENCY_CURRENCY_FILE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/ingest/v1/currency.pb.h"
#include "common/currency/currency_table.h"

namespace bellwether {

// Gives `take` the rates. INVALID_ARGUMENT with every problem of the file and its line; so comes
// back what `take` has against them.
absl::Status TakeCurrencies(absl::string_view text, absl::string_view file,
                            absl::FunctionRef<absl::Status(CurrencyTable)> take);
// The file at `path`; an empty path means the shipped examples.
absl::StatusOr<CurrencyTable> LoadCurrencies(const std::string& path);

ingest::v1::CurrencyRates ToMessage(const CurrencyTable& table);
// INVALID_ARGUMENT / CURRENCY_TABLE.
absl::StatusOr<CurrencyTable> FromMessage(const ingest::v1::CurrencyRates& rates);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_CURRENCY_FILE_H_
