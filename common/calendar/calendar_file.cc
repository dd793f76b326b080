#include "common/calendar/calendar_file.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/config/problems.h"
#include "common/config/yaml_message.h"

namespace bellwether {
namespace {

using config::Problems;
using config::SourceMap;

class DefinitionReader {
 public:
  DefinitionReader(const SourceMap& lines, Problems& problems)
      : lines_(lines), problems_(problems) {}

  CalendarOptions Read(const type::v1::CalendarDefinition& definition) {
    CalendarOptions options;
    if (!definition.time_zone().empty()) options.time_zone = definition.time_zone();
    if (definition.workweek_size() > 0) {
      options.workweek = {};
      // Monday is 1.
      for (const int weekday : definition.workweek()) options.workweek[weekday - 1] = true;
    }
    ReadTimeOfDay("business_begin", definition.business_begin(), options.business_begin);
    ReadTimeOfDay("business_end", definition.business_end(), options.business_end);
    options.holidays = ReadDays("holidays", definition.holidays());
    options.extra_workdays = ReadDays("extra_workdays", definition.extra_workdays());
    return options;
  }

 private:
  using Days = google::protobuf::RepeatedPtrField<type::v1::SpecialDays>;

  void Report(const std::string& field, absl::string_view message) {
    problems_.Add({lines_.PlaceOf(field), field, std::string(message)});
  }

  // "HH:MM", 24:00 included; empty leaves the default.
  void ReadTimeOfDay(const std::string& field, const std::string& text, absl::Duration& time) {
    if (text.empty()) return;
    const std::vector<std::string> parts = absl::StrSplit(text, ':');
    int hours = 0;
    int minutes = 0;
    if (parts.size() != 2 || parts[0].size() != 2 || parts[1].size() != 2 ||
        !absl::SimpleAtoi(parts[0], &hours) || !absl::SimpleAtoi(parts[1], &minutes) || hours < 0 ||
        minutes < 0 || minutes > 59 || hours * 60 + minutes > 24 * 60) {
      return Report(field, absl::StrCat("\"", text, "\" is not a time of day such as 09:00"));
    }
    time = absl::Hours(hours) + absl::Minutes(minutes);
  }

  std::vector<absl::CivilDay> ReadDays(const std::string& field, const Days& list) {
    std::vector<absl::CivilDay> days;
    for (int i = 0; i < list.size(); ++i) {
      const std::string path = absl::StrCat(field, "[", i, "]");
      absl::CivilDay first;
      if (!ReadDay(absl::StrCat(path, ".date"), list[i].date(), first)) continue;
      absl::CivilDay last = first;
      if (!list[i].through().empty() &&
          !ReadDay(absl::StrCat(path, ".through"), list[i].through(), last)) {
        continue;
      }
      if (last < first || last - first >= kSpecialDaysInARowMax) {
        Report(absl::StrCat(path, ".through"), "must lie within 31 days from date on");
        continue;
      }
      for (absl::CivilDay day = first; day <= last; ++day) days.push_back(day);
    }
    return days;
  }

  bool ReadDay(const std::string& field, const std::string& text, absl::CivilDay& day) {
    if (absl::ParseCivilTime(text, &day)) return true;
    Report(field, absl::StrCat("\"", text, "\" is not a day such as 2026-10-01"));
    return false;
  }

  const SourceMap& lines_;
  Problems& problems_;
};

std::string TimeOfDay(absl::Duration time) {
  return absl::StrFormat("%02d:%02d", time / absl::Hours(1),
                         time % absl::Hours(1) / absl::Minutes(1));
}

// What the definition leaves out.
void FillIn(const CalendarOptions& options, type::v1::CalendarDefinition& definition) {
  definition.set_time_zone(options.time_zone);
  definition.set_business_begin(TimeOfDay(options.business_begin));
  definition.set_business_end(TimeOfDay(options.business_end));
  if (definition.workweek_size() > 0) return;
  for (size_t day = 0; day < options.workweek.size(); ++day) {
    if (!options.workweek[day]) continue;
    definition.add_workweek(static_cast<type::v1::Weekday>(type::v1::WEEKDAY_MONDAY + day));
  }
}

}  // namespace

absl::Status TakeCalendar(absl::string_view text, absl::string_view file,
                          absl::FunctionRef<absl::Status(DefinedCalendar)> take) {
  type::v1::CalendarDefinition definition;
  Problems problems;
  SourceMap lines(file);
  config::ReadYaml(text, file, definition, problems, &lines);
  const CalendarOptions options = DefinitionReader(lines, problems).Read(definition);
  RETURN_IF_ERROR(problems.ToStatus());
  absl::StatusOr<Calendar> calendar = Calendar::Create(options);
  if (!calendar.ok()) return lines.At(calendar.status());
  FillIn(options, definition);
  return lines.At(take({*std::move(calendar), std::move(definition)}));
}

}  // namespace bellwether
