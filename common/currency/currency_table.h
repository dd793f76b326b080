// Money into the reporting currency, exactly.
#ifndef BELLWETHER_COMMON_CURRENCY_CURRENCY_TABLE_H_
#define BELLWETHER_COMMON_CURRENCY_CURRENCY_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace bellwether {

// A rate is `rate_micros` · 10⁻⁶ units of the reporting currency for `per_units` units of `code`,
// the way central banks quote small currencies (4.68 CNY for 100 JPY).
struct CurrencyRate {
  std::string code;  // ISO 4217
  // Decimals of the currency: 2 for CNY, 0 for JPY, 3 for KWD; nothing means as ISO 4217 says.
  std::optional<int> minor_digits;
  int64_t rate_micros = 0;
  int64_t per_units = 1;
  // The first day on which it holds, until the currency's next rate; nothing means from ever.
  std::optional<absl::CivilDay> from = std::nullopt;
};

// Amounts stay within what every sum over a portfolio can hold without overflow.
inline constexpr int64_t kAmountMinorMax = 1'000'000'000'000'000;

// Immutable.
class CurrencyTable {
 public:
  // INVALID_ARGUMENT / CURRENCY_TABLE with the entry ("currencies[3]") as field for a code that is
  // not three capital letters or comes twice from the same day, minor digits outside 0–4 or other
  // than ISO 4217 or an entry before says, a rate or unit count outside their bounds, or a
  // reporting currency that is not in `rates` once, from ever, at 1 : 1.
  static absl::StatusOr<CurrencyTable> Create(absl::string_view reporting_code,
                                              std::vector<CurrencyRate> rates);

  const std::string& reporting_code() const { return reporting_code_; }
  int reporting_digits() const;
  // The same amount may be another one on another day.
  bool GoesByDay() const;
  // As given, the minor digits always set.
  const std::vector<CurrencyRate>& rates() const { return rates_; }

  // The amount of that day in minor units of the reporting currency, rounded half away from zero so
  // that a credit note of the same day undoes its order exactly. An empty code means the reporting
  // currency. INVALID_ARGUMENT / UNKNOWN_CURRENCY, NO_RATE_YET (the day lies before the currency's
  // first rate), AMOUNT_OUT_OF_RANGE (|amount| or |result| over kAmountMinorMax); the caller knows
  // the field.
  absl::StatusOr<int64_t> Convert(absl::CivilDay day, absl::string_view code,
                                  int64_t amount_minor) const;

 private:
  // base_minor = amount_minor · numerator / denominator
  struct Factor {
    std::optional<absl::CivilDay> from;
    int64_t numerator = 1;
    int64_t denominator = 1;
  };

  CurrencyTable() = default;

  std::string reporting_code_;
  std::vector<CurrencyRate> rates_;
  // In order of their days, none empty.
  absl::flat_hash_map<std::string, std::vector<Factor>> factors_;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CURRENCY_CURRENCY_TABLE_H_
