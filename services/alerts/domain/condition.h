// What a rule says about a subject's values at one instant. Pure.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/alerts/domain/rule.h"

namespace bellwether::alerts {

// What is known of a subject; a view.
struct SubjectView {
  SubjectTraits traits;
  // By slot of the rules of its type; unset means no data.
  absl::Span<const std::optional<int64_t>> values;
  absl::Time first_seen;
};

// Why a verdict is what it is. Every name can stand in a timeline.
enum class VerdictReason {
  kBelowNoLevel,         // judged; no level holds
  kThresholdCrossed,     // a level holds
  kAbsentTooLong,        // a level holds
  kOutOfScope,           // the rule is for other subjects
  kNoData,               // not judged
  kLowConfidence,        // not judged
  kBaselineUnjudgeable,  // not judged: zero, missing or too small
};

absl::string_view VerdictReasonName(VerdictReason reason);

struct Verdict {
  // False: nothing can be said; what holds goes on holding for a while, what is pending does not
  // ripen.
  bool judged = false;
  // The rule applies to this subject. A condition is judged also while it does not, since it may
  // have held for long when the subject comes into the scope.
  bool in_scope = true;
  Level level = Level::kNone;
  VerdictReason reason = VerdictReason::kNoData;
  // What was compared (a value, a change, or the instant of the last event) with what.
  int64_t value_micros = 0;
  int64_t threshold_micros = 0;
  // When the verdict changes by the passing of time alone; infinite future if never.
  absl::Time recheck_at = absl::InfiniteFuture();
};

// `held` is the level that already fired: its clear threshold applies instead of its fire
// threshold.
Verdict Evaluate(const CompiledRule& rule, const SubjectView& subject, Level held, absl::Time now);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_CONDITION_H_
