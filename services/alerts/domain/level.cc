#include "services/alerts/domain/level.h"

namespace bellwether::alerts {

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
