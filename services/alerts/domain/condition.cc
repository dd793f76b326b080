#include "services/alerts/domain/condition.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "absl/numeric/int128.h"

namespace bellwether::alerts {
namespace {

// A value to be compared exactly: `numerator` / `denominator` in 10⁻⁶, denominator > 0.
struct Figure {
  absl::int128 numerator;
  absl::int128 denominator = 1;
};

// −1, 0, +1 as the figure lies below, at or above the threshold. Exact: no division.
int Compare(const Figure& figure, int64_t threshold_micros) {
  const absl::int128 scaled = absl::int128(threshold_micros) * figure.denominator;
  if (figure.numerator < scaled) return -1;
  return figure.numerator > scaled ? 1 : 0;
}

// For display only: rounded towards zero.
int64_t ToMicros(const Figure& figure) {
  const absl::int128 quotient = figure.numerator / figure.denominator;
  if (quotient > std::numeric_limits<int64_t>::max()) return std::numeric_limits<int64_t>::max();
  if (quotient < std::numeric_limits<int64_t>::min()) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(quotient);
}

Verdict NotJudged(VerdictReason reason) { return {.judged = false, .reason = reason}; }

// By which value of its attribute a level's threshold is to be read.
absl::string_view OverrideOf(const LevelThreshold& threshold, const SubjectTraits& traits) {
  if (threshold.fire_micros_by_value.empty()) return "";
  return traits.Get(threshold.override_attribute);
}

bool Holds(const LevelThreshold& threshold, Direction direction, const SubjectTraits& traits,
           bool held, const Figure& figure) {
  const int sign = direction == Direction::kBelow ? -1 : 1;
  const absl::string_view override_value = OverrideOf(threshold, traits);
  const int against_fire = sign * Compare(figure, threshold.FireFor(override_value));
  if (against_fire > 0 || (against_fire == 0 && threshold.inclusive)) return true;
  const std::optional<int64_t> clear = threshold.ClearFor(override_value);
  return held && clear.has_value() && sign * Compare(figure, *clear) > 0;
}

Verdict JudgeLevels(const std::vector<LevelThreshold>& levels, Direction direction,
                    const SubjectTraits& traits, Level held, const Figure& figure) {
  Verdict verdict{
      .judged = true, .reason = VerdictReason::kBelowNoLevel, .value_micros = ToMicros(figure)};
  const auto fire_of = [&](const LevelThreshold& level) {
    return level.FireFor(OverrideOf(level, traits));
  };
  if (!levels.empty()) verdict.threshold_micros = fire_of(levels.front());
  for (const LevelThreshold& threshold : levels) {
    if (!Holds(threshold, direction, traits, threshold.level <= held, figure)) continue;
    verdict.level = threshold.level;
    verdict.reason = VerdictReason::kThresholdCrossed;
    verdict.threshold_micros = fire_of(threshold);
  }
  return verdict;
}

std::optional<int64_t> ValueAt(const SubjectView& subject, int slot) {
  if (slot < 0 || static_cast<size_t>(slot) >= subject.values.size()) return std::nullopt;
  return subject.values[slot];
}

// The change as a figure, or nothing where the rule says it is not to be judged.
std::optional<Figure> ChangeOf(const PercentageChange& change, int64_t value,
                               const std::optional<int64_t>& baseline) {
  const auto full_change = [&] {
    return Figure{.numerator = value > 0 ? kMicros : value < 0 ? -kMicros : 0};
  };
  if (!baseline.has_value()) {
    if (change.missing_baseline == BaselineBehaviour::kSkip) return std::nullopt;
    return full_change();
  }
  const absl::int128 size = *baseline < 0 ? -absl::int128(*baseline) : absl::int128(*baseline);
  if (change.absolute) {
    if (*baseline == 0 && change.zero_baseline == BaselineBehaviour::kSkip) return std::nullopt;
    if (size < change.minimum_baseline_micros) return std::nullopt;
    return Figure{.numerator = absl::int128(value) - *baseline};
  }
  if (*baseline == 0) {
    if (change.zero_baseline == BaselineBehaviour::kSkip) return std::nullopt;
    return full_change();
  }
  if (size < change.minimum_baseline_micros) return std::nullopt;
  return Figure{.numerator = (absl::int128(value) - *baseline) * kMicros, .denominator = size};
}

Verdict Judge(const Threshold& condition, const CompiledRule& rule, const SubjectView& subject,
              Level held, absl::Time) {
  const std::optional<int64_t> value = ValueAt(subject, rule.value_slot);
  if (!value.has_value()) return NotJudged(VerdictReason::kNoData);
  if (condition.minimum_confidence_micros > 0) {
    const std::optional<int64_t> confidence = ValueAt(subject, rule.confidence_slot);
    if (!confidence.has_value() || *confidence < condition.minimum_confidence_micros) {
      return NotJudged(VerdictReason::kLowConfidence);
    }
  }
  return JudgeLevels(condition.levels, condition.direction, subject.traits, held,
                     Figure{.numerator = *value});
}

Verdict Judge(const PercentageChange& condition, const CompiledRule& rule,
              const SubjectView& subject, Level held, absl::Time) {
  const std::optional<int64_t> value = ValueAt(subject, rule.value_slot);
  if (!value.has_value()) return NotJudged(VerdictReason::kNoData);
  const std::optional<Figure> change =
      ChangeOf(condition, *value, ValueAt(subject, rule.baseline_slot));
  if (!change.has_value()) return NotJudged(VerdictReason::kBaselineUnjudgeable);
  return JudgeLevels(condition.levels, condition.direction, subject.traits, held, *change);
}

Verdict Judge(const Absence& condition, const CompiledRule& rule, const SubjectView& subject, Level,
              absl::Time now) {
  const std::optional<int64_t> instant = ValueAt(subject, rule.value_slot);
  if (!instant.has_value() && !condition.from_first_sight) {
    return NotJudged(VerdictReason::kNoData);
  }
  const absl::Time last = instant.has_value() ? absl::FromUnixMicros(*instant) : subject.first_seen;
  Verdict verdict{.judged = true,
                  .reason = VerdictReason::kBelowNoLevel,
                  .value_micros = absl::ToUnixMicros(last),
                  .threshold_micros = absl::ToInt64Microseconds(condition.longer_than)};
  // "Longer than" is strict: the first instant that counts is one microsecond past the span.
  const absl::Time first_too_long = last + condition.longer_than + absl::Microseconds(1);
  if (now >= first_too_long) {
    verdict.level = condition.level;
    verdict.reason = VerdictReason::kAbsentTooLong;
  } else {
    verdict.recheck_at = first_too_long;
  }
  return verdict;
}

Verdict Judge(std::monostate, const CompiledRule&, const SubjectView&, Level, absl::Time) {
  return NotJudged(VerdictReason::kNoData);
}

}  // namespace

absl::string_view VerdictReasonName(VerdictReason reason) {
  switch (reason) {
    case VerdictReason::kBelowNoLevel:
      return "CONDITION_CLEARED";
    case VerdictReason::kThresholdCrossed:
      return "THRESHOLD_CROSSED";
    case VerdictReason::kAbsentTooLong:
      return "ABSENT_TOO_LONG";
    case VerdictReason::kOutOfScope:
      return "OUT_OF_SCOPE";
    case VerdictReason::kNoData:
      return "NO_DATA";
    case VerdictReason::kLowConfidence:
      return "LOW_CONFIDENCE";
    case VerdictReason::kBaselineUnjudgeable:
      return "BASELINE_UNJUDGEABLE";
  }
  return "UNKNOWN";
}

Verdict Evaluate(const CompiledRule& rule, const SubjectView& subject, Level held, absl::Time now) {
  Verdict verdict =
      std::visit([&](const auto& condition) { return Judge(condition, rule, subject, held, now); },
                 rule.rule.condition);
  verdict.in_scope = rule.rule.AppliesTo(subject.traits);
  return verdict;
}

}  // namespace bellwether::alerts
