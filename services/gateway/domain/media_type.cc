#include "services/gateway/domain/media_type.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace bellwether::gateway {
namespace {

std::string Plain(absl::string_view text) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(text));
}

}  // namespace

bool MediaType::is_json() const {
  return name == "application/json" || absl::EndsWith(name, "+json");
}

MediaType ParseMediaType(absl::string_view text) {
  MediaType type;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ';');
  type.name = Plain(parts[0]);
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> parameter =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    if (Plain(parameter.first) != "charset") continue;
    const std::string quoted = Plain(parameter.second);
    absl::string_view charset = quoted;
    if (absl::ConsumePrefix(&charset, "\"")) absl::ConsumeSuffix(&charset, "\"");
    type.charset = std::string(charset);
  }
  return type;
}

}  // namespace bellwether::gateway
