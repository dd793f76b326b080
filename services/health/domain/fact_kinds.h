// The kinds of facts (H1): which daily series each feeds, and with which of its fields.
//
// One entry of fact_kinds.cc is all that the fold needs to know of a kind; the fields it names are
// those of the kind's message in proto/bellwether/events/v1/fact.proto.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_FACT_KINDS_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_FACT_KINDS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/health/domain/open_cases.h"
#include "services/health/domain/series.h"

namespace bellwether::health {

// How a fact gives a series a figure. Nothing is fed where a fact does not say (an unset figure, an
// unknown whole): no data is not zero.
enum class Reading : uint8_t {
  kValue,            // the field
  kCount,            // 1
  kFlag,             // 1 where the conditions hold, else 0
  kShare,            // field / whole in 10⁻⁶, where the whole is known
  kChange,           // (field − whole) / whole in 10⁻⁶, where there was something to change
  kPromoterBalance,  // +1 for who recommends, −1 for who warns (NPS: 9–10 and 0–6 of 10)
};

// Holds when the field, a truth, is true, or the field, an enum, has one of `names`.
struct Condition {
  absl::string_view field;
  std::vector<absl::string_view> names;
};

// Fields by their path below the kind's message: "amount.base_amount_minor".
struct Feed {
  SeriesId series{};
  Reading reading = Reading::kCount;
  absl::string_view field;
  absl::string_view whole;
  int64_t least = std::numeric_limits<int64_t>::min();  // kValue: a smaller one counts as this
  std::vector<Condition> conditions;                    // all hold, or nothing is fed
  // kValue: lessens the sum of the day and is no fact of the series.
  bool takes_back = false;
  // kValue: a negative figure is no fact of the series either, it adds to the sum of the day. Read
  // so since journal::Semantics::kWhatSourcesSaid.
  bool negative_takes_back = false;
  // kValue: until those semantics an unset figure was read as 0.
  bool unset_was_zero = false;
};

struct FactKindDefinition {
  absl::string_view name;  // as in events.v1.Fact and in `ce_type`
  std::vector<Feed> feeds;
  // Of a service case: the step, and the fields that say which case and how long it took.
  CaseStep case_step = CaseStep::kNone;
  absl::string_view case_field;
  absl::string_view duration_field;
};

// The series that the duration of a step feeds.
SeriesId SeriesOf(CaseStep step);

absl::Span<const FactKindDefinition> AllFactKinds();
inline const FactKindDefinition& DefinitionOf(FactKind kind) {
  return AllFactKinds()[static_cast<size_t>(kind)];
}
std::optional<FactKind> FactKindByName(absl::string_view name);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_FACT_KINDS_H_
