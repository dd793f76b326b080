#include "services/alerts/domain/text.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/decimal/decimal.h"

namespace bellwether::alerts {
namespace {

constexpr int64_t kCenti = kMicros / 100;

// 10⁻⁶ as a decimal with at most six places, no trailing zeros.
std::string Exact(int64_t micros) { return FormatDecimal(micros, kMicrosScale); }

// The same with at most two places.
int64_t Rounded(int64_t micros) { return RoundHalfAway(micros, kCenti); }

std::string Readable(int64_t micros, int64_t other_micros) {
  const int64_t rounded = Rounded(micros);
  return rounded == Rounded(other_micros) && micros != other_micros ? Exact(micros)
                                                                    : Exact(rounded);
}

// Changes are signed; the sentence says which way.
int64_t Unsigned(int64_t micros) {
  if (micros == INT64_MIN) return INT64_MAX;
  return micros < 0 ? -micros : micros;
}

// A share in 10⁻⁶ as a percentage.
std::string Percent(int64_t micros, int64_t other_micros) {
  constexpr int64_t kShareMax = INT64_MAX / 100;
  if (Unsigned(micros) > kShareMax) return ">999999999%";
  return absl::StrCat(Readable(Unsigned(micros) * 100, Unsigned(other_micros) * 100), "%");
}

// A loss is money, hence so are the values it is made of.
bool IsMoney(const Rule& rule, absl::string_view value) {
  return !value.empty() && (value == rule.loss.value || value == rule.loss.baseline);
}

// From minor units to units of the currency. Amounts are whole minor units, so nothing is lost.
int64_t Units(int64_t micros, int money_digits) {
  for (int i = 0; i < money_digits; ++i) micros /= 10;
  return micros;
}

// The value that the condition judges as it is, not its change in percent; empty for all others.
absl::string_view JudgedAsItIs(const Condition& condition) {
  if (const auto* threshold = std::get_if<Threshold>(&condition)) return threshold->value;
  const auto* change = std::get_if<PercentageChange>(&condition);
  return change != nullptr && change->absolute ? absl::string_view(change->value) : "";
}

struct Rendered {
  std::string value;
  std::string threshold;
};

Rendered Render(const Condition& condition, const TextFigures& figures) {
  const int64_t value = figures.value_micros;
  const int64_t threshold = figures.threshold_micros;
  if (const auto* change = std::get_if<PercentageChange>(&condition)) {
    if (!change->absolute) return {Percent(value, threshold), Percent(threshold, value)};
    return {Readable(Unsigned(value), Unsigned(threshold)), Exact(Unsigned(threshold))};
  }
  if (std::holds_alternative<Absence>(condition)) {
    const int64_t days = threshold / absl::ToInt64Microseconds(absl::Hours(24));
    const int64_t rest = threshold % absl::ToInt64Microseconds(absl::Hours(24));
    return {"",
            rest == 0 ? absl::StrCat(days) : absl::FormatDuration(absl::Microseconds(threshold))};
  }
  return {Readable(value, threshold), Exact(threshold)};
}

}  // namespace

std::string RenderText(absl::string_view pattern, const Rule& rule, const TextFigures& given,
                       const TextStyle& style) {
  TextFigures figures = given;
  if (IsMoney(rule, JudgedAsItIs(rule.condition))) {
    figures.value_micros = Units(figures.value_micros, style.money_digits);
    figures.threshold_micros = Units(figures.threshold_micros, style.money_digits);
  }
  const Rendered rendered = Render(rule.condition, figures);
  const std::string since = absl::FormatTime("%Y-%m-%d %H:%M", figures.since, style.zone);
  const std::string value =
      std::holds_alternative<Absence>(rule.condition) ? since : rendered.value;
  return absl::StrReplaceAll(pattern, {{"{subject}", figures.subject},
                                       {"{value}", value},
                                       {"{threshold}", rendered.threshold},
                                       {"{since}", since}});
}

std::string RenderRestated(const RestatedValue& value, absl::CivilDay day, const Rule& rule,
                           const TextStyle& style) {
  const int money_digits = IsMoney(rule, value.name) ? style.money_digits : 0;
  const auto render = [&](std::optional<int64_t> figure, std::optional<int64_t> other) {
    if (!figure.has_value()) return std::string("without data");
    if (std::holds_alternative<Absence>(rule.condition)) {
      return absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMicros(*figure), style.zone);
    }
    return Readable(Units(*figure, money_digits), Units(other.value_or(*figure), money_digits));
  };
  return absl::StrCat(absl::FormatCivilTime(day), ": ", value.name, " was ",
                      render(value.before, value.after), ", is ",
                      render(value.after, value.before));
}

}  // namespace bellwether::alerts
