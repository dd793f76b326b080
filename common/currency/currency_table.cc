#include "common/currency/currency_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/currency/iso_4217.h"

namespace bellwether {
namespace {

constexpr int kMinorDigitsMax = 4;
constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kRateMicrosMax = 1'000'000 * kMicros;
constexpr char kReportingField[] = "reporting_currency";
constexpr int64_t kPerUnitsMax = 1'000'000;

__extension__ using Wide = __int128;

int64_t PowerOfTen(int digits) {
  int64_t power = 1;
  for (; digits > 0; --digits) power *= 10;
  return power;
}

absl::Status BadEntry(absl::string_view field, absl::string_view code, absl::string_view what) {
  return InvalidArgument("CURRENCY_TABLE", field, absl::StrCat("currency ", code, ": ", what));
}

absl::Status CheckRate(absl::string_view field, const CurrencyRate& rate) {
  if (rate.code.size() != 3 ||
      !std::all_of(rate.code.begin(), rate.code.end(),
                   [](unsigned char c) { return absl::ascii_isupper(c); })) {
    return BadEntry(field, rate.code, "a code has three capital letters");
  }
  if (*rate.minor_digits < 0 || *rate.minor_digits > kMinorDigitsMax) {
    return BadEntry(field, rate.code, "has between 0 and 4 minor digits");
  }
  if (const std::optional<int> iso = IsoMinorDigits(rate.code); iso && *iso != *rate.minor_digits) {
    return BadEntry(
        field, rate.code,
        absl::StrCat("ISO 4217 gives it ", *iso, " minor digits, not ", *rate.minor_digits));
  }
  if (rate.rate_micros < 1 || rate.rate_micros > kRateMicrosMax) {
    return BadEntry(field, rate.code, "the rate is not within 0.000001 and 1 000 000");
  }
  if (rate.per_units < 1 || rate.per_units > kPerUnitsMax) {
    return BadEntry(field, rate.code, "the rate is for 1 to 1 000 000 units");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CurrencyTable> CurrencyTable::Create(absl::string_view reporting_code,
                                                    std::vector<CurrencyRate> rates) {
  for (CurrencyRate& rate : rates) {
    if (!rate.minor_digits) rate.minor_digits = MinorDigitsOf(rate.code);
  }
  const auto reporting = std::find_if(rates.begin(), rates.end(), [&](const CurrencyRate& rate) {
    return rate.code == reporting_code;
  });
  if (reporting == rates.end()) {
    return BadEntry(kReportingField, reporting_code, "the reporting currency is missing");
  }
  if (reporting->rate_micros != kMicros || reporting->per_units != 1) {
    return BadEntry(kReportingField, reporting_code, "the reporting currency has the rate 1");
  }
  CurrencyTable table;
  table.reporting_code_ = std::string(reporting_code);
  absl::flat_hash_map<std::string, int> digits;
  for (size_t i = 0; i < rates.size(); ++i) {
    const CurrencyRate& rate = rates[i];
    const std::string field = absl::StrCat("currencies[", i, "]");
    RETURN_IF_ERROR(CheckRate(field, rate));
    if (digits.emplace(rate.code, *rate.minor_digits).first->second != *rate.minor_digits) {
      return BadEntry(field, rate.code, "had other minor digits before");
    }
    std::vector<Factor>& factors = table.factors_[rate.code];
    if (rate.code == reporting_code && (rate.from.has_value() || !factors.empty())) {
      return BadEntry(field, rate.code, "the reporting currency has one rate, from ever");
    }
    const Factor factor{rate.from, rate.rate_micros * PowerOfTen(*reporting->minor_digits),
                        kMicros * rate.per_units * PowerOfTen(*rate.minor_digits)};
    const auto place = std::lower_bound(
        factors.begin(), factors.end(), rate.from,
        [](const Factor& a, std::optional<absl::CivilDay> from) { return a.from < from; });
    if (place != factors.end() && place->from == rate.from) {
      return BadEntry(field, rate.code, "comes twice from the same day");
    }
    factors.insert(place, factor);
  }
  table.rates_ = std::move(rates);
  return table;
}

int CurrencyTable::reporting_digits() const {
  for (const CurrencyRate& rate : rates_) {
    if (rate.code == reporting_code_) return *rate.minor_digits;
  }
  return kMinorDigitsDefault;
}

bool CurrencyTable::GoesByDay() const {
  return std::any_of(rates_.begin(), rates_.end(),
                     [](const CurrencyRate& rate) { return rate.from.has_value(); });
}

absl::StatusOr<int64_t> CurrencyTable::Convert(absl::CivilDay day, absl::string_view code,
                                               int64_t amount_minor) const {
  const auto found = factors_.find(code.empty() ? absl::string_view(reporting_code_) : code);
  if (found == factors_.end()) {
    return InvalidArgument("UNKNOWN_CURRENCY", "", "there is no rate for the currency", "H1");
  }
  const absl::Status out_of_range =
      InvalidArgument("AMOUNT_OUT_OF_RANGE", "", "the amount is larger than any account's", "H1");
  if (amount_minor < -kAmountMinorMax || amount_minor > kAmountMinorMax) return out_of_range;
  // The last one that begins no later.
  const auto next = std::upper_bound(
      found->second.begin(), found->second.end(), std::optional(day),
      [](std::optional<absl::CivilDay> of, const Factor& factor) { return of < factor.from; });
  if (next == found->second.begin()) {
    return InvalidArgument("NO_RATE_YET", "",
                           absl::StrCat("there is no rate for the currency before ",
                                        absl::FormatCivilTime(*next->from)),
                           "H1");
  }
  const Factor& factor = *std::prev(next);
  const Wide scaled = Wide{amount_minor} * factor.numerator;
  const Wide half = factor.denominator / 2;
  const Wide rounded = (scaled < 0 ? scaled - half : scaled + half) / factor.denominator;
  if (rounded < -kAmountMinorMax || rounded > kAmountMinorMax) return out_of_range;
  return static_cast<int64_t>(rounded);
}

}  // namespace bellwether
