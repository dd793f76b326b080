#include "services/alerts/domain/rule.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"

namespace bellwether::alerts {
namespace {

std::string CanonicalLevels(const std::vector<LevelThreshold>& levels) {
  std::string text;
  for (const LevelThreshold& level : levels) {
    absl::StrAppend(&text, "(", Rank(level.level), " ", level.fire_micros, " ", level.inclusive);
    if (level.clear_micros.has_value()) absl::StrAppend(&text, " clear ", *level.clear_micros);
    for (const auto& [value, fire] : level.fire_micros_by_value) {
      absl::StrAppend(&text, " ", level.override_attribute, " ", value, "=", fire);
    }
    absl::StrAppend(&text, ")");
  }
  return text;
}

struct CanonicalCondition {
  std::string operator()(std::monostate) const { return "none"; }
  std::string operator()(const Threshold& c) const {
    return absl::StrCat("threshold ", c.value, " ", static_cast<int>(c.direction), " ",
                        c.minimum_confidence_micros, CanonicalLevels(c.levels));
  }
  std::string operator()(const PercentageChange& c) const {
    return absl::StrCat("change ", c.value, " ", c.baseline, " ", static_cast<int>(c.direction),
                        " ", c.absolute, " ", static_cast<int>(c.zero_baseline), " ",
                        static_cast<int>(c.missing_baseline), " ", c.minimum_baseline_micros,
                        CanonicalLevels(c.levels));
  }
  std::string operator()(const Absence& c) const {
    return absl::StrCat("absence ", c.value, " ", absl::ToInt64Microseconds(c.longer_than), " ",
                        Rank(c.level), " ", c.from_first_sight);
  }
};

// What the fold computes from a rule, as text: two rules with the same text fold alike.
std::string Canonical(const Rule& rule) {
  std::string text = absl::StrCat(rule.id, " ", rule.version, " ", rule.scope, " ",
                                  absl::ToInt64Microseconds(rule.for_duration));
  if (rule.unjudged_kept != absl::InfiniteDuration()) {
    absl::StrAppend(&text, " kept ", absl::ToInt64Microseconds(rule.unjudged_kept));
  }
  if (!rule.loss.value.empty()) {
    absl::StrAppend(&text, " loss ", rule.loss.value, " ", rule.loss.baseline);
  }
  for (const AttributeMatch& match : rule.where) {
    absl::StrAppend(&text, " where ", match.attribute);
    for (const std::string& value : match.values) absl::StrAppend(&text, "|", value);
  }
  absl::StrAppend(&text, " ", std::visit(CanonicalCondition{}, rule.condition), "\n");
  return text;
}

}  // namespace

absl::string_view SubjectTraits::Get(absl::string_view name) const {
  const absl::string_view attribute = attributes_->Get(name);
  if (!attribute.empty()) return attribute;
  const auto label = labels_->find(name);
  return label == labels_->end() ? absl::string_view() : label->second;
}

bool AttributeMatch::Holds(const SubjectTraits& traits) const {
  return std::find(values.begin(), values.end(), traits.Get(attribute)) != values.end();
}

int64_t LevelThreshold::FireFor(absl::string_view attribute_value) const {
  const auto found = fire_micros_by_value.find(attribute_value);
  return found == fire_micros_by_value.end() ? fire_micros : found->second;
}

std::optional<int64_t> LevelThreshold::ClearFor(absl::string_view attribute_value) const {
  if (!clear_micros.has_value()) return std::nullopt;
  return FireFor(attribute_value) + (*clear_micros - fire_micros);
}

bool Rule::AppliesTo(const SubjectTraits& traits) const {
  return std::all_of(where.begin(), where.end(),
                     [&](const AttributeMatch& match) { return match.Holds(traits); });
}

void RuleScope::Add(Rule rule) {
  CompiledRule compiled;
  for (const AttributeMatch& match : rule.where) traits_.insert(match.attribute);
  const auto note_overrides = [&](const std::vector<LevelThreshold>& levels) {
    for (const LevelThreshold& level : levels) traits_.insert(level.override_attribute);
  };
  if (const auto* threshold = std::get_if<Threshold>(&rule.condition)) {
    compiled.value_slot = Intern(threshold->value);
    if (threshold->minimum_confidence_micros > 0) {
      compiled.confidence_slot = Intern(kConfidenceValue);
    }
    note_overrides(threshold->levels);
  } else if (const auto* change = std::get_if<PercentageChange>(&rule.condition)) {
    compiled.value_slot = Intern(change->value);
    compiled.baseline_slot = Intern(change->baseline);
    note_overrides(change->levels);
  } else if (const auto* absence = std::get_if<Absence>(&rule.condition)) {
    compiled.value_slot = Intern(absence->value);
  }
  if (!rule.loss.value.empty()) {
    compiled.loss_value_slot = Intern(rule.loss.value);
    compiled.loss_baseline_slot = Intern(rule.loss.baseline);
  }
  compiled.rule = std::move(rule);
  rules_.push_back(std::move(compiled));
}

int RuleScope::SlotOf(absl::string_view value) const {
  const auto found = slot_of_.find(value);
  return found == slot_of_.end() ? -1 : found->second;
}

int RuleScope::Intern(const std::string& value) {
  const auto [found, inserted] = slot_of_.try_emplace(value, static_cast<int>(value_names_.size()));
  if (inserted) value_names_.push_back(value);
  return found->second;
}

RuleSet::RuleSet(std::vector<Rule> rules) {
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  std::string canonical;
  for (Rule& rule : rules) {
    if (rule.disabled) continue;
    canonical += Canonical(rule);
    std::unique_ptr<RuleScope>& scope = scopes_[rule.scope];
    if (scope == nullptr) {
      scope = std::make_unique<RuleScope>();
      scope->type_ = rule.scope;
    }
    scope->Add(std::move(rule));
    ++size_;
  }
  fingerprint_ = Fingerprint64(canonical);
}

const RuleScope* RuleSet::ScopeOf(absl::string_view type) const {
  const auto found = scopes_.find(type);
  return found == scopes_.end() ? nullptr : found->second.get();
}

bool RuleSet::SpeaksOfAccountsOnly() const {
  return scopes_.empty() || (scopes_.size() == 1 && scopes_.contains(kAccount));
}

const Rule* RuleSet::Find(absl::string_view rule_id) const {
  for (const auto& [type, scope] : scopes_) {
    const auto found = std::lower_bound(
        scope->rules_.begin(), scope->rules_.end(), rule_id,
        [](const CompiledRule& rule, absl::string_view id) { return rule.rule.id < id; });
    if (found != scope->rules_.end() && found->rule.id == rule_id) return &found->rule;
  }
  return nullptr;
}

}  // namespace bellwether::alerts
