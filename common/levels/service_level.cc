#include "common/levels/service_level.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"

namespace bellwether {

absl::Span<const absl::string_view> ServiceLevels() {
  static constexpr absl::string_view kLevels[] = {"strategic-partner", "core", "development",
                                                  "potential", "maintenance"};
  return kLevels;
}

bool IsServiceLevel(absl::string_view level) {
  return std::find(ServiceLevels().begin(), ServiceLevels().end(), level) != ServiceLevels().end();
}

absl::Status CheckServiceLevel(absl::string_view field, absl::string_view level) {
  if (level.empty() || IsServiceLevel(level)) return absl::OkStatus();
  return InvalidArgument("TIER_UNKNOWN", field,
                         absl::StrCat("none of: ", absl::StrJoin(ServiceLevels(), ", ")), "A10");
}

}  // namespace bellwether
