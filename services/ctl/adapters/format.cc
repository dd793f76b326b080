#include "services/ctl/adapters/format.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "common/base/status.h"
#include "common/config/duration.h"
#include "common/currency/minor_units.h"
#include "common/decimal/decimal.h"
#include "services/imports/application/message_fields.h"

namespace bellwether::ctl {
namespace {

constexpr int kMicros = 6;

}  // namespace

std::string Points(int64_t micros) { return FormatRounded(micros, kMicros, 2); }
std::string SignedPoints(int64_t micros) { return FormatSigned(micros, kMicros, 2); }
std::string Percent(int64_t micros) { return absl::StrCat(FormatRounded(micros, 4, 0), " %"); }

std::string Money(const type::v1::Money& money, int reporting_digits) {
  return money.currency_code().empty() ? FormatGrouped(money.amount_minor(), reporting_digits)
                                       : FormatMoney(money.amount_minor(), money.currency_code());
}

std::string Instant(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Ez", time, zone);
}

std::string MetricFigure(int64_t value_micros, health::v1::MetricUnit unit, int reporting_digits) {
  switch (unit) {
    case health::v1::METRIC_UNIT_RATIO:
      return absl::StrCat(FormatRounded(value_micros, 4, 1), " %");
    case health::v1::METRIC_UNIT_MONEY:
      // Minor units of the reporting currency, shown as major ones.
      return FormatGrouped(RoundHalfAway(value_micros, 1'000'000) / 1'000'000, reporting_digits);
    case health::v1::METRIC_UNIT_HOURS:
      return absl::StrCat(FormatRounded(value_micros, kMicros, 1), " h");
    case health::v1::METRIC_UNIT_DAYS:
      return absl::StrCat(FormatRounded(value_micros, kMicros, 0), " d");
    case health::v1::METRIC_UNIT_COUNT:
      return FormatRounded(value_micros, kMicros, value_micros % 1'000'000 == 0 ? 0 : 1);
    default:
      return FormatRounded(value_micros, kMicros, 1);
  }
}

std::string EnumText(const google::protobuf::EnumDescriptor& type, int value) {
  const auto* found = type.FindValueByNumber(value);
  if (found == nullptr) return absl::StrCat(value);
  absl::string_view prefix = type.value(0)->name();
  absl::ConsumeSuffix(&prefix, "UNSPECIFIED");
  absl::string_view name = found->name();
  absl::ConsumePrefix(&name, prefix);
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", " "}});
}

absl::StatusOr<absl::Time> ParseWhen(absl::string_view text, WholeDay day, absl::Time now,
                                     const std::function<absl::StatusOr<absl::TimeZone>()>& zone) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  if (absl::CivilDay civil; absl::ParseCivilTime(text, &civil)) {
    ASSIGN_OR_RETURN(const absl::TimeZone local, zone());
    if (day == WholeDay::kItsBegin) return absl::FromCivil(civil, local);
    return std::min(absl::FromCivil(civil + 1, local) - absl::Microseconds(1), now);
  }
  constexpr char kToTheMinute[] = "%Y-%m-%d %H:%M";
  if (absl::ParseTime(kToTheMinute, text, &time, &error)) {
    ASSIGN_OR_RETURN(const absl::TimeZone local, zone());
    absl::ParseTime(kToTheMinute, text, local, &time, &error);
    return time;
  }
  if (const auto ago = config::ParseDuration(text); ago.ok()) return now - *ago;
  return InvalidArgument(
      "NOT_A_TIME", "",
      absl::StrCat("\"", text, "\" is no time: 2026-03-01, ", "2026-03-01T09:30:00+08:00 or 7d"));
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  imports::SetTime(timestamp, time);
  return timestamp;
}

}  // namespace bellwether::ctl
