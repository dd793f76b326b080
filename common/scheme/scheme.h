// A classification as data.
#ifndef BELLWETHER_COMMON_SCHEME_SCHEME_H_
#define BELLWETHER_COMMON_SCHEME_SCHEME_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/scheme/v1/scheme.pb.h"
#include "common/calendar/calendar.h"

namespace bellwether::scheme {

inline constexpr size_t kClassesMax = 64;

struct Class {
  std::string name;
  std::map<std::string, std::string> effects;  // what follows from it, by name
};

enum class Cadence { kNightly, kWeekly, kQuarterly, kOnDemand };

// When subjects are classified, in local time.
struct Schedule {
  Cadence cadence = Cadence::kOnDemand;
  int weekday = 1;  // 1 is Monday; weekly only
  int hour = 0;     // weekly only
};
// The first instant strictly after `after`; absl::InfiniteFuture() for one on demand.
absl::Time NextInstant(const Schedule& schedule, const Calendar& calendar, absl::Time after);

// Immutable once made.
struct Scheme {
  std::string id;            // names its rows
  std::string rule;          // "A3"
  std::string subject_type;  // "account"
  std::vector<Class> classes;
  std::string otherwise;  // class of subjects without inputs; empty: none
  Schedule schedule;

  bool Has(absl::string_view class_name) const;
  // What follows from the class under that name; nothing where nothing does.
  std::optional<std::string> EffectOf(absl::string_view class_name, absl::string_view effect) const;
};

// INVALID_ARGUMENT / SCHEME_INVALID naming field and rule.
absl::StatusOr<Scheme> FromProto(const v1::Scheme& proto);

}  // namespace bellwether::scheme

#endif  // BELLWETHER_COMMON_SCHEME_SCHEME_H_
