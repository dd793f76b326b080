// Figures, instants and names as people read them.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_FORMAT_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_FORMAT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/health/v1/model.pb.h"
#include "bellwether/type/v1/money.pb.h"

namespace bellwether::ctl {

// 83 245 000 → "83.25".
std::string Points(int64_t micros);
// With a sign: "+1.20".
std::string SignedPoints(int64_t micros);
// 500 000 → "50 %".
std::string Percent(int64_t micros);
// With its code; where none is named it is in the reporting currency, whose digits are given.
std::string Money(const type::v1::Money& money, int reporting_digits);
// With the offset named: "2026-11-21 19:40:03 +08:00".
std::string Instant(absl::Time time, absl::TimeZone zone);
// A metric's value in its unit; not for instants. Money is in the reporting currency.
std::string MetricFigure(int64_t value_micros, health::v1::MetricUnit unit, int reporting_digits);
// SOME_ENUM_VALUE_NAME → "value name": without the prefix the zero value shows.
std::string EnumText(const google::protobuf::EnumDescriptor& type, int value);

template <typename Enum>
std::string EnumText(Enum value) {
  return EnumText(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}

// What a day without a time of day stands for: its midnight, or its last microsecond, which is now
// while the day is not over.
enum class WholeDay { kItsBegin, kItsEnd };

// RFC 3339, "YYYY-MM-DD" or "YYYY-MM-DD HH:MM" in `zone`, which is only asked for them, or "7d": so
// long ago. INVALID_ARGUMENT / NOT_A_TIME; failures of `zone`.
absl::StatusOr<absl::Time> ParseWhen(absl::string_view text, WholeDay day, absl::Time now,
                                     const std::function<absl::StatusOr<absl::TimeZone>()>& zone);
google::protobuf::Timestamp ToTimestamp(absl::Time time);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_FORMAT_H_
