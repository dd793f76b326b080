#include "common/subject/subject_type.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace bellwether {
namespace {

constexpr absl::string_view kPrefix = "SUBJECT_TYPE_";

// By number.
std::vector<std::string> ReadNames() {
  std::vector<std::string> names(events::v1::SubjectType_ARRAYSIZE);
  for (size_t number = 1; number < names.size(); ++number) {
    const std::string& name =
        events::v1::SubjectType_Name(static_cast<events::v1::SubjectType>(number));
    names[number] = absl::AsciiStrToLower(absl::StripPrefix(name, kPrefix));
  }
  return names;
}

const std::vector<std::string>& Names() {
  static const auto* const names = new std::vector<std::string>(ReadNames());
  return *names;
}

}  // namespace

absl::string_view SubjectTypeName(events::v1::SubjectType type) {
  if (!events::v1::SubjectType_IsValid(type)) return "";
  return Names()[static_cast<size_t>(type)];
}

events::v1::SubjectType SubjectTypeOf(absl::string_view name) {
  const std::vector<std::string>& names = Names();
  for (size_t number = 1; number < names.size(); ++number) {
    if (names[number] == name) return static_cast<events::v1::SubjectType>(number);
  }
  return events::v1::SUBJECT_TYPE_UNSPECIFIED;
}

}  // namespace bellwether
