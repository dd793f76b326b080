// What one field may hold, and the refusal of what breaks it.
#ifndef BELLWETHER_COMMON_BOUNDS_FIELD_RULE_H_
#define BELLWETHER_COMMON_BOUNDS_FIELD_RULE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace bellwether::bounds {

enum class FieldKind {
  kInteger,  // least ≤ value ≤ most
  kText,     // at most `most` characters
  kTexts,    // at most `most` entries of at most kNameCharactersMax characters, none empty
  kEnum,     // a value this version knows; not the unspecified one if `required`
  kInstant,  // within [kInstantEarliestSeconds, kInstantLatestSeconds)
  kMoney,    // an amount in minor units ≥ least
  kTruth,    // anything
};

// The bounds keep nonsense out, they judge nothing.
struct FieldRule {
  std::string path;     // as refusals name it: "fact.order_placed.quantity"
  std::string rule_id;  // of the business domain: "H1"
  FieldKind kind = FieldKind::kTruth;
  int64_t least = 0;
  int64_t most = 0;
  bool required = false;
  std::string instead;  // kMoney: the kind of fact that a lesser amount was meant to be
};

inline constexpr int64_t kNameCharactersMax = 128;
inline constexpr int64_t kInstantEarliestSeconds = 0;            // 1970-01-01
inline constexpr int64_t kInstantLatestSeconds = 7'258'118'400;  // 2200-01-01

bool IsInstantInRange(int64_t seconds);

// INVALID_ARGUMENT with a named reason, the field's path and the rule's id.
absl::Status CheckInteger(const FieldRule& rule, int64_t value);
absl::Status CheckText(const FieldRule& rule, absl::string_view text);
absl::Status CheckTextCount(const FieldRule& rule, size_t count);
absl::Status CheckTextEntry(const FieldRule& rule, absl::string_view text);
absl::Status CheckEnum(const FieldRule& rule, int value, bool known);
absl::Status CheckInstant(const FieldRule& rule, int64_t seconds);
absl::Status CheckAmount(const FieldRule& rule, bool given, int64_t amount_minor);
absl::Status Missing(absl::string_view path, absl::string_view rule_id);

}  // namespace bellwether::bounds

#endif  // BELLWETHER_COMMON_BOUNDS_FIELD_RULE_H_
