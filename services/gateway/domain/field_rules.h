// What each field of a fact may hold (H1): one table, by field path.
//
// The bounds are those of the message's comments (proto/bellwether/events/v1/fact.proto). They keep
// nonsense out, they judge nothing: whether 40 logins are few is the metrics' business.
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_FIELD_RULES_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_FIELD_RULES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether::gateway {

enum class FieldKind {
  kInteger,  // least ≤ value ≤ most
  kText,     // at most `most` characters
  kTexts,    // at most `most` entries of at most kNameCharactersMax characters, none empty
  kEnum,     // a value this version knows; not the unspecified one if `needed`
  kInstant,  // within [kInstantEarliest, kInstantLatest)
  kMoney,    // amount in minor units ≥ least; see CurrencyTable for the rest
  kTruth,    // anything
};

struct FieldRule {
  absl::string_view path;  // "order_placed.quantity"
  int64_t least = 0;
  int64_t most = 0;
  FieldKind kind = FieldKind::kTruth;
  bool needed = false;
};

inline constexpr int64_t kNameCharactersMax = 128;
inline constexpr int64_t kInstantEarliestSeconds = 0;            // 1970-01-01
inline constexpr int64_t kInstantLatestSeconds = 7'258'118'400;  // 2200-01-01

// Every field of every kind of fact.
absl::Span<const FieldRule> FieldRules();
// Null when there is no such field.
const FieldRule* FindFieldRule(absl::string_view path);

// INVALID_ARGUMENT with a named reason; `field` is the path to report.
absl::Status CheckInteger(const FieldRule& rule, absl::string_view field, int64_t value);
absl::Status CheckText(const FieldRule& rule, absl::string_view field, absl::string_view text);
absl::Status CheckTexts(const FieldRule& rule, absl::string_view field, size_t count);
absl::Status CheckTextsEntry(absl::string_view field, absl::string_view text);
absl::Status CheckEnum(const FieldRule& rule, absl::string_view field, int value, bool known);
absl::Status CheckInstantSeconds(absl::string_view field, int64_t seconds);
absl::Status CheckMoneySign(const FieldRule& rule, absl::string_view field, int64_t amount_minor);
absl::Status Missing(absl::string_view field);

// What holds between fields.
enum class SurveyScale { kCsat, kNps };
absl::Status CheckSurveyScore(SurveyScale scale, int64_t score_micros);
absl::Status CheckFeaturesUsed(int64_t used, int64_t available);
absl::Status CheckMeetingAttended(int64_t invited, int64_t attended);
absl::Status CheckBusinessValueMeasured(int figures);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_FIELD_RULES_H_
