#include "common/bounds/field_rule.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"

namespace bellwether::bounds {
namespace {

absl::Status Refused(absl::string_view reason, const FieldRule& rule, absl::string_view why) {
  return InvalidArgument(reason, rule.path, why, rule.rule_id);
}

absl::Status CheckCharacters(const FieldRule& rule, absl::string_view text, int64_t most) {
  const std::optional<size_t> characters = Utf8Length(text);
  if (!characters.has_value() || text.find('\0') != absl::string_view::npos) {
    return Refused("TEXT_INVALID", rule, "the text is not UTF-8");
  }
  if (static_cast<int64_t>(*characters) <= most) return absl::OkStatus();
  return Refused("TEXT_TOO_LONG", rule,
                 absl::StrCat(*characters, " characters where ", most, " are allowed"));
}

}  // namespace

bool IsInstantInRange(int64_t seconds) {
  return seconds >= kInstantEarliestSeconds && seconds < kInstantLatestSeconds;
}

absl::Status CheckInteger(const FieldRule& rule, int64_t value) {
  if (value >= rule.least && value <= rule.most) return absl::OkStatus();
  return Refused("OUT_OF_RANGE", rule,
                 absl::StrCat(value, " is not within ", rule.least, " and ", rule.most));
}

absl::Status CheckText(const FieldRule& rule, absl::string_view text) {
  if (text.empty()) {
    return rule.required ? Missing(rule.path, rule.rule_id) : absl::OkStatus();
  }
  return CheckCharacters(rule, text, rule.most);
}

absl::Status CheckTextCount(const FieldRule& rule, size_t count) {
  if (static_cast<int64_t>(count) <= rule.most) return absl::OkStatus();
  return Refused("TOO_MANY_VALUES", rule,
                 absl::StrCat(count, " values where ", rule.most, " are allowed"));
}

absl::Status CheckTextEntry(const FieldRule& rule, absl::string_view text) {
  if (text.empty()) return Missing(rule.path, rule.rule_id);
  return CheckCharacters(rule, text, kNameCharactersMax);
}

absl::Status CheckEnum(const FieldRule& rule, int value, bool known) {
  if (!known) {
    return Refused("UNKNOWN_ENUM_VALUE", rule, absl::StrCat(value, " means nothing here"));
  }
  return rule.required && value == 0 ? Missing(rule.path, rule.rule_id) : absl::OkStatus();
}

absl::Status CheckInstant(const FieldRule& rule, int64_t seconds) {
  if (IsInstantInRange(seconds)) return absl::OkStatus();
  return Refused("TIME_INVALID", rule, "the instant is not within 1970 and 2199");
}

absl::Status CheckAmount(const FieldRule& rule, bool given, int64_t amount_minor) {
  if (!given) {
    return rule.required ? Refused("MISSING_AMOUNT", rule, "an amount is needed")
                         : absl::OkStatus();
  }
  if (amount_minor >= rule.least) return absl::OkStatus();
  std::string why = absl::StrCat("the amount is less than ", rule.least);
  if (!rule.instead.empty()) absl::StrAppend(&why, ": send ", rule.instead, " for what goes back");
  return InvalidArgument("AMOUNT_OUT_OF_RANGE", absl::StrCat(rule.path, ".amount_minor"), why,
                         rule.rule_id);
}

absl::Status Missing(absl::string_view path, absl::string_view rule_id) {
  return InvalidArgument("MISSING_FIELD", path, absl::StrCat(path, " is needed"), rule_id);
}

}  // namespace bellwether::bounds
