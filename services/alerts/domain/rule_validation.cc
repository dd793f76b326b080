#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/levels/service_level.h"
#include "services/alerts/domain/rule.h"

namespace bellwether::alerts {
namespace {

bool IsValueName(absl::string_view name) {
  if (name.empty() || name.size() > kValueNameBytesMax) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

bool IsRuleId(absl::string_view id) {
  if (id.empty() || id.size() > kRuleIdBytesMax) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsBounded(const LevelThreshold& level) {
  const auto bounded = [](int64_t figure) {
    return figure >= -kThresholdMax && figure <= kThresholdMax;
  };
  return bounded(level.fire_micros) && bounded(level.clear_micros.value_or(0)) &&
         std::all_of(level.fire_micros_by_value.begin(), level.fire_micros_by_value.end(),
                     [&](const auto& entry) { return bounded(entry.second); });
}

// Collects the problems of one rule.
class Checker {
 public:
  Checker(const Rule& rule, std::vector<RuleProblem>& problems)
      : rule_(rule), problems_(problems) {}

  void Check() {
    Require(IsRuleId(rule_.id), "rule_id", "must be 1–32 letters, digits or '-'");
    Require(rule_.version > 0, "version", "must be positive");
    Require(!rule_.scope.empty(), "scope", "is missing");
    for (size_t i = 0; i < rule_.where.size(); ++i) {
      const std::string field = absl::StrCat("where[", i, "]");
      Require(IsValueName(rule_.where[i].attribute), absl::StrCat(field, ".attribute"),
              "is no name of an attribute");
      Require(!rule_.where[i].values.empty(), absl::StrCat(field, ".values"),
              "must have at least one value");
      for (const std::string& value : rule_.where[i].values) {
        CheckTier(rule_.where[i].attribute, value, absl::StrCat(field, ".values"));
      }
    }
    CheckText("title", rule_.title);
    CheckText("title_zh", rule_.title_zh);
    CheckText("text", rule_.text);
    CheckText("text_zh", rule_.text_zh);
    Require(rule_.for_duration >= absl::ZeroDuration() && rule_.for_duration <= kForDurationMax,
            "for_duration", "must be between 0 and 366 days");
    Require(IsUnjudgedKept(rule_.unjudged_kept), "unjudged_kept",
            "must be between 1 minute and 366 days");
    Require(rule_.loss.value.empty() == rule_.loss.baseline.empty() &&
                (rule_.loss.value.empty() ||
                 (IsValueName(rule_.loss.value) && IsValueName(rule_.loss.baseline))),
            "loss", "needs the names of a value and its baseline");
    Require(rule_.acknowledge_within >= absl::ZeroDuration() &&
                rule_.acknowledge_within <= kAcknowledgeWithinMax,
            "acknowledge_within", "must be between 0 and 90 days");
    std::visit([this](const auto& condition) { CheckCondition(condition); }, rule_.condition);
  }

 private:
  void Require(bool holds, absl::string_view field, absl::string_view message) {
    if (!holds) problems_.push_back({rule_.id, std::string(field), std::string(message)});
  }

  // A10: a tier that no account has would make the rule silent for ever.
  void CheckTier(absl::string_view attribute, absl::string_view value, absl::string_view field) {
    if (rule_.scope != kAccount || attribute != kTierAttribute || IsServiceLevel(value)) return;
    Require(false, field,
            absl::StrCat("'", value, "' is none of: ", absl::StrJoin(ServiceLevels(), ", ")));
  }

  void CheckText(absl::string_view field, const std::string& text) {
    Require(!text.empty() && text.size() <= kTextBytesMax, field, "must have 1–2000 bytes");
  }

  void CheckCondition(std::monostate) { Require(false, "condition", "is missing"); }

  void CheckCondition(const Threshold& condition) {
    Require(IsValueName(condition.value), "threshold.value", "is not a value name");
    Require(
        condition.minimum_confidence_micros >= 0 && condition.minimum_confidence_micros <= kMicros,
        "threshold.minimum_confidence_micros", "must be between 0 and 1 000 000");
    CheckLevels("threshold", condition.direction, condition.levels);
  }

  void CheckCondition(const PercentageChange& condition) {
    Require(IsValueName(condition.value), "percentage_change.value", "is not a value name");
    Require(IsValueName(condition.baseline), "percentage_change.baseline", "is not a value name");
    Require(condition.value.empty() || condition.value != condition.baseline,
            "percentage_change.baseline", "must be another value than the one judged");
    Require(condition.zero_baseline != BaselineBehaviour::kUnspecified,
            "percentage_change.zero_baseline", "must be declared");
    Require(condition.missing_baseline != BaselineBehaviour::kUnspecified,
            "percentage_change.missing_baseline", "must be declared");
    if (condition.absolute) {
      Require(condition.zero_baseline != BaselineBehaviour::kFullChange,
              "percentage_change.zero_baseline", "a difference has no full change");
      Require(condition.missing_baseline != BaselineBehaviour::kFullChange,
              "percentage_change.missing_baseline", "a difference has no full change");
    }
    Require(condition.minimum_baseline_micros >= 0, "percentage_change.minimum_baseline_micros",
            "must not be negative");
    CheckLevels("percentage_change", condition.direction, condition.levels);
  }

  void CheckCondition(const Absence& condition) {
    Require(IsValueName(condition.value), "absence.value", "is not a value name");
    Require(condition.level != Level::kNone, "absence.level", "is missing");
    Require(condition.longer_than > absl::ZeroDuration() && condition.longer_than <= kLongerThanMax,
            "absence.longer_than", "must be more than 0 and at most 366 days");
  }

  void CheckLevels(absl::string_view kind, Direction direction,
                   const std::vector<LevelThreshold>& levels) {
    Require(direction != Direction::kUnspecified, absl::StrCat(kind, ".direction"), "is missing");
    Require(!levels.empty(), absl::StrCat(kind, ".levels"), "must have at least one level");
    // In the direction of firing, later levels must lie further out.
    const int64_t sign = direction == Direction::kBelow ? -1 : 1;
    if (!std::all_of(levels.begin(), levels.end(), IsBounded)) {
      Require(false, absl::StrCat(kind, ".levels"), "must have figures within ±10¹⁷");
      return;
    }
    absl::string_view attribute;
    for (size_t i = 0; i < levels.size(); ++i) {
      const LevelThreshold& level = levels[i];
      const std::string field = absl::StrCat(kind, ".levels[", i, "]");
      Require(level.level != Level::kNone, absl::StrCat(field, ".level"), "is missing");
      if (!level.fire_micros_by_value.empty()) {
        if (attribute.empty()) attribute = level.override_attribute;
        Require(IsValueName(level.override_attribute) && level.override_attribute == attribute,
                absl::StrCat(field, ".fire_override.attribute"),
                "must be the name of one attribute, the same for every level");
        for (const auto& [value, fire] : level.fire_micros_by_value) {
          CheckTier(level.override_attribute, value, absl::StrCat(field, ".fire_override"));
        }
      }
      if (level.clear_micros.has_value()) {
        Require(sign * *level.clear_micros <= sign * level.fire_micros,
                absl::StrCat(field, ".clear_micros"),
                "must lie on the clear side of fire_micros, or equal it");
      }
      if (i == 0) continue;
      const LevelThreshold& milder = levels[i - 1];
      Require(level.level > milder.level, absl::StrCat(field, ".level"),
              "must be higher than the level before it");
      CheckOrder(sign, milder, level, "", absl::StrCat(field, ".fire_micros"));
      const auto check_override = [&](const std::string& value) {
        CheckOrder(sign, milder, level, value,
                   absl::StrCat(field, ".fire_override.", attribute, ".", value));
      };
      for (const auto& [value, fire] : level.fire_micros_by_value) check_override(value);
      for (const auto& [value, fire] : milder.fire_micros_by_value) {
        if (!level.fire_micros_by_value.contains(value)) check_override(value);
      }
    }
  }

  void CheckOrder(int64_t sign, const LevelThreshold& milder, const LevelThreshold& level,
                  absl::string_view value, absl::string_view field) {
    Require(sign * level.FireFor(value) > sign * milder.FireFor(value), field,
            "must lie further out than that of the level before it");
    Require(sign * level.ClearFor(value).value_or(level.FireFor(value)) >=
                sign * milder.ClearFor(value).value_or(milder.FireFor(value)),
            field, "must not clear later than the level before it");
  }

  const Rule& rule_;
  std::vector<RuleProblem>& problems_;
};

}  // namespace

std::vector<RuleProblem> ValidateRules(absl::Span<const Rule> rules) {
  std::vector<RuleProblem> problems;
  if (rules.size() > kRulesMax) problems.push_back({"", "rules", "must be at most 1 000"});
  absl::flat_hash_set<std::string> ids;
  for (const Rule& rule : rules) {
    if (!ids.insert(rule.id).second) {
      problems.push_back({rule.id, "rule_id", "is used by another rule"});
    }
    Checker(rule, problems).Check();
  }
  return problems;
}

}  // namespace bellwether::alerts
