#include "services/imports/application/condition.h"

#include <re2/re2.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/imports/domain/time_style.h"

namespace bellwether::imports {

std::shared_ptr<const re2::RE2> CompilePattern(const std::string& pattern, absl::string_view field,
                                               MappingFaults& faults) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytesMax);
  auto compiled = std::make_shared<const re2::RE2>(pattern, options);
  if (compiled->ok()) return compiled;
  faults.Add(field,
             absl::StrCat("\"", pattern, "\" is no regular expression: ", compiled->error()));
  return nullptr;
}

Condition Condition::Compile(const imports::v1::Condition& spec, const Scope& scope,
                             absl::string_view field, MappingFaults& faults, int depth) {
  Condition condition;
  condition.negate_ = spec.negate();
  std::vector<std::string> parts;
  if (spec.any_of_size() > 0) {
    if (!spec.column().empty()) faults.Add(field, "any_of stands instead of a column");
    if (depth >= kConditionDepthMax) {
      faults.Add(field, "any_of is nested too deeply");
      return condition;
    }
    for (int i = 0; i < spec.any_of_size(); ++i) {
      condition.any_of_.push_back(Compile(
          spec.any_of(i), scope, absl::StrCat(field, ".any_of[", i, "]"), faults, depth + 1));
      parts.push_back(condition.any_of_.back().label());
    }
    condition.label_ =
        absl::StrCat(spec.negate() ? "none of: " : "", absl::StrJoin(parts, ", or "));
    return condition;
  }
  condition.column_ = scope.Need(spec.column(), absl::StrCat(field, ".column"), faults);
  if (condition.column_ < 0) return condition;
  const auto kind = scope.KindOf(condition.column_);
  if (spec.has_empty()) {
    condition.empty_ = spec.empty();
    parts.push_back(spec.empty() ? "is empty" : "is not empty");
  }
  std::vector<std::string> wanted(spec.one_of().begin(), spec.one_of().end());
  if (spec.has_equals()) wanted.push_back(spec.equals());
  if (spec.has_equals() && spec.one_of_size() > 0) {
    faults.Add(field, "equals and one_of are the same test: give one");
  }
  if (!wanted.empty()) parts.push_back(absl::StrCat("is ", absl::StrJoin(wanted, " or ")));
  for (std::string& text : wanted) {
    // "10.0" is the number 10.
    if (kind == imports::v1::COLUMN_KIND_NUMBER) {
      const auto number = ParseExact(text);
      faults.Take(field, number.status());
      if (number.ok()) text = FormatExact(*number);
    }
    condition.one_of_.insert(text);
  }
  if (spec.has_prefix()) {
    condition.prefix_ = spec.prefix();
    parts.push_back(absl::StrCat("begins with ", spec.prefix()));
  }
  if (spec.has_matches()) {
    condition.pattern_ = CompilePattern(spec.matches(), absl::StrCat(field, ".matches"), faults);
    parts.push_back(absl::StrCat("matches ", spec.matches()));
  }
  const auto range = [&](bool has, Bound bound, const std::string& text, const char* name,
                         const char* words) {
    if (!has) return;
    condition.AddRange(bound, text, absl::StrCat(field, ".", name), kind, scope, faults);
    parts.push_back(absl::StrCat(words, " ", text));
  };
  range(spec.has_at_least(), Bound::kAtLeast, spec.at_least(), "at_least", "is at least");
  range(spec.has_at_most(), Bound::kAtMost, spec.at_most(), "at_most", "is at most");
  range(spec.has_above(), Bound::kAbove, spec.above(), "above", "is above");
  range(spec.has_below(), Bound::kBelow, spec.below(), "below", "is below");
  condition.any_value_ = parts.empty();
  if (parts.empty()) parts.push_back("is not empty");
  condition.label_ =
      absl::StrCat(spec.negate() ? "not: " : "", spec.column(), " ", absl::StrJoin(parts, " and "));
  return condition;
}

void Condition::AddRange(Bound bound, const std::string& text, absl::string_view field,
                         imports::v1::ColumnKind kind, const Scope& scope, MappingFaults& faults) {
  Value value = Value::OfText(text);
  if (kind == imports::v1::COLUMN_KIND_NUMBER) {
    const auto number = ParseExact(text);
    faults.Take(field, number.status());
    if (number.ok()) value = Value::OfNumber(*number);
  } else if (kind == imports::v1::COLUMN_KIND_TIME) {
    // A day as a bound is its beginning; `at_most` of a day holds until its end.
    const bool to_its_end = bound == Bound::kAtMost || bound == Bound::kAbove;
    const auto time =
        ParseTime(text, {.zone = scope.zone(), .seconds_of_day = to_its_end ? 24 * 3600 - 1 : 0});
    faults.Take(field, time.status());
    value.kind = Value::Kind::kTime;
    if (time.ok()) value.time = time->time;
  }
  ranges_.push_back({bound, std::move(value)});
}

bool Condition::Holds(absl::Span<const Value> row) const { return Test(row) != negate_; }

bool Condition::Test(absl::Span<const Value> row) const {
  if (!any_of_.empty()) {
    return std::any_of(any_of_.begin(), any_of_.end(),
                       [&](const Condition& condition) { return condition.Holds(row); });
  }
  const Value& value = row[static_cast<size_t>(column_)];
  if (any_value_) return !value.empty();
  if (empty_.has_value() && *empty_ != value.empty()) return false;
  if (!one_of_.empty() && !one_of_.contains(value.Text())) return false;
  if (prefix_.has_value() && !absl::StartsWith(value.Text(), *prefix_)) return false;
  if (pattern_ != nullptr && !re2::RE2::FullMatch(value.Text(), *pattern_)) return false;
  return std::all_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return Within(value, range); });
}

bool Condition::Within(const Value& value, const Range& range) {
  if (value.kind != range.value.kind) return false;
  const auto less = [](const Value& a, const Value& b) {
    if (a.kind == Value::Kind::kNumber) return Less(a.number, b.number);
    if (a.kind == Value::Kind::kTime) return a.time < b.time;
    return a.text < b.text;
  };
  switch (range.bound) {
    case Bound::kAtLeast:
      return !less(value, range.value);
    case Bound::kAtMost:
      return !less(range.value, value);
    case Bound::kAbove:
      return less(range.value, value);
    case Bound::kBelow:
      return less(value, range.value);
  }
  return false;
}

bool Condition::Tests(int column) const {
  return column_ == column || std::any_of(any_of_.begin(), any_of_.end(),
                                          [&](const auto& one) { return one.Tests(column); });
}

const Condition* FirstFailing(const std::vector<Condition>& conditions,
                              absl::Span<const Value> row) {
  for (const Condition& condition : conditions) {
    if (!condition.Holds(row)) return &condition;
  }
  return nullptr;
}

}  // namespace bellwether::imports
