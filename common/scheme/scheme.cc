#include "common/scheme/scheme.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::scheme {
namespace {

constexpr int kDaysOfWeek = 7;
constexpr int kHoursOfDay = 24;
constexpr int kMonthsOfQuarter = 3;

const Class* Find(const std::vector<Class>& classes, absl::string_view name) {
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const Class& each) { return each.name == name; });
  return found == classes.end() ? nullptr : &*found;
}

absl::Time AtHour(const Calendar& calendar, int32_t day, int hour) {
  return absl::FromCivil(absl::CivilHour(Calendar::CivilDayOf(day)) + hour, calendar.time_zone());
}

absl::Time NextWeekly(const Schedule& schedule, const Calendar& calendar, absl::Time after) {
  for (int32_t day = calendar.LocalDayOf(after);; ++day) {
    // absl counts weekdays from Monday = 0.
    if (static_cast<int>(Calendar::WeekdayOf(day)) + 1 != schedule.weekday) continue;
    const absl::Time instant = AtHour(calendar, day, schedule.hour);
    if (instant > after) return instant;
  }
}

absl::Time NextQuarter(const Calendar& calendar, absl::Time after) {
  const absl::CivilMonth month(Calendar::CivilDayOf(calendar.LocalDayOf(after)));
  const int into_quarter = (month.month() - 1) % kMonthsOfQuarter;
  const absl::CivilMonth next = month + (kMonthsOfQuarter - into_quarter);
  return calendar.StartOfDay(Calendar::DayOf(absl::CivilDay(next)));
}

absl::StatusOr<Cadence> CadenceOf(v1::Cadence cadence) {
  switch (cadence) {
    case v1::CADENCE_NIGHTLY:
      return Cadence::kNightly;
    case v1::CADENCE_WEEKLY:
      return Cadence::kWeekly;
    case v1::CADENCE_QUARTERLY:
      return Cadence::kQuarterly;
    case v1::CADENCE_ON_DEMAND:
      return Cadence::kOnDemand;
    default:
      return absl::InvalidArgumentError("unknown cadence");
  }
}

}  // namespace

absl::Time NextInstant(const Schedule& schedule, const Calendar& calendar, absl::Time after) {
  switch (schedule.cadence) {
    case Cadence::kNightly:
      return calendar.NextMidnight(after);
    case Cadence::kWeekly:
      return NextWeekly(schedule, calendar, after);
    case Cadence::kQuarterly:
      return NextQuarter(calendar, after);
    case Cadence::kOnDemand:
      break;
  }
  return absl::InfiniteFuture();
}

bool Scheme::Has(absl::string_view class_name) const {
  return Find(classes, class_name) != nullptr;
}

std::optional<std::string> Scheme::EffectOf(absl::string_view class_name,
                                            absl::string_view effect) const {
  const Class* const found = Find(classes, class_name);
  if (found == nullptr) return std::nullopt;
  const auto entry = found->effects.find(std::string(effect));
  if (entry == found->effects.end()) return std::nullopt;
  return entry->second;
}

absl::StatusOr<Scheme> FromProto(const v1::Scheme& proto) {
  const auto invalid = [&](absl::string_view field, absl::string_view why) {
    return InvalidArgument("SCHEME_INVALID", field, why, proto.rule());
  };
  if (!IsValidId(proto.scheme_id())) return invalid("scheme_id", "a scheme has an id");
  if (proto.subject_type().empty()) return invalid("subject_type", "a scheme classifies something");
  if (proto.classes().empty() || proto.classes_size() > static_cast<int>(kClassesMax)) {
    return invalid("classes", absl::StrCat("a scheme has 1–", kClassesMax, " classes"));
  }
  Scheme scheme{.id = proto.scheme_id(),
                .rule = proto.rule(),
                .subject_type = proto.subject_type(),
                .otherwise = proto.otherwise()};
  for (int i = 0; i < proto.classes_size(); ++i) {
    const v1::Class& each = proto.classes(i);
    const std::string field = absl::StrCat("classes[", i, "].name");
    if (!IsValidId(each.name())) return invalid(field, "a class has a name");
    if (scheme.Has(each.name())) return invalid(field, "two classes have the same name");
    scheme.classes.push_back(
        {.name = each.name(), .effects = {each.effects().begin(), each.effects().end()}});
  }
  if (!scheme.otherwise.empty() && !scheme.Has(scheme.otherwise)) {
    return invalid("otherwise", "it names a class of the scheme");
  }
  const absl::StatusOr<Cadence> cadence = CadenceOf(proto.schedule().cadence());
  if (!cadence.ok()) return invalid("schedule.cadence", "a scheme says when it classifies");
  scheme.schedule = {.cadence = *cadence};
  if (*cadence == Cadence::kWeekly) {
    scheme.schedule.weekday = proto.schedule().weekday();
    scheme.schedule.hour = proto.schedule().hour();
    if (scheme.schedule.weekday < 1 || scheme.schedule.weekday > kDaysOfWeek) {
      return invalid("schedule.weekday", "1 is Monday, 7 Sunday");
    }
    if (scheme.schedule.hour < 0 || scheme.schedule.hour >= kHoursOfDay) {
      return invalid("schedule.hour", "an hour lies between 0 and 23");
    }
  }
  return scheme;
}

}  // namespace bellwether::scheme
