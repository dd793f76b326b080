#include "services/alerts/domain/level.h"

#include "absl/strings/str_cat.h"

namespace bellwether::alerts {
namespace {

constexpr char kBetweenTypeAndId = '~';

}  // namespace

std::string SubjectKey(absl::string_view type, absl::string_view id) {
  if (type == kAccount) return std::string(id);
  return absl::StrCat(type, absl::string_view(&kBetweenTypeAndId, 1), id);
}

absl::string_view IdOfSubjectKey(absl::string_view key) {
  const size_t between = key.find(kBetweenTypeAndId);
  return between == absl::string_view::npos ? key : key.substr(between + 1);
}

absl::string_view LevelName(Level level) {
  switch (level) {
    case Level::kNone:
      return "none";
    case Level::kYellow:
      return "yellow";
    case Level::kOrange:
      return "orange";
    case Level::kRed:
      return "red";
  }
  return "none";
}

}  // namespace bellwether::alerts
