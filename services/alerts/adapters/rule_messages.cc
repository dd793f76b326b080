#include "services/alerts/adapters/rule_messages.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/levels/service_level.h"
#include "common/subject/subject_type.h"

namespace bellwether::alerts {
namespace {

constexpr int64_t kTierWeightMax = 1'000'000;
constexpr absl::Duration kImportHoldMaxMost = absl::Hours(24);
constexpr absl::Duration kReopenWithinMax = absl::Hours(24 * 366);

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

Level ToLevel(v1::Level level) { return static_cast<Level>(level); }

Direction ToDirection(v1::Direction direction) {
  switch (direction) {
    case v1::DIRECTION_ABOVE:
      return Direction::kAbove;
    case v1::DIRECTION_BELOW:
      return Direction::kBelow;
    default:
      return Direction::kUnspecified;
  }
}

BaselineBehaviour ToBehaviour(v1::BaselineBehaviour behaviour) {
  switch (behaviour) {
    case v1::BASELINE_BEHAVIOUR_SKIP:
      return BaselineBehaviour::kSkip;
    case v1::BASELINE_BEHAVIOUR_FULL_CHANGE:
      return BaselineBehaviour::kFullChange;
    default:
      return BaselineBehaviour::kUnspecified;
  }
}

template <typename Levels>
std::vector<LevelThreshold> ToLevels(const Levels& levels) {
  std::vector<LevelThreshold> out;
  for (const v1::LevelThreshold& level : levels) {
    LevelThreshold& threshold = out.emplace_back();
    threshold.level = ToLevel(level.level());
    threshold.fire_micros = level.fire_micros();
    threshold.inclusive = level.inclusive();
    if (level.has_clear_micros()) threshold.clear_micros = level.clear_micros();
    // Both forms at once mean two attributes, which ValidateRules refuses.
    const bool by_tier = !level.fire_micros_by_tier().empty();
    const auto& overrides =
        by_tier ? level.fire_micros_by_tier() : level.fire_override().fire_micros_by_value();
    threshold.fire_micros_by_value.insert(overrides.begin(), overrides.end());
    if (by_tier) threshold.override_attribute = kTierAttribute;
    if (level.has_fire_override()) {
      threshold.override_attribute += level.fire_override().attribute();
    }
  }
  return out;
}

Condition ToCondition(const v1::AlertRule& rule) {
  switch (rule.condition_case()) {
    case v1::AlertRule::kThreshold: {
      const v1::Threshold& from = rule.threshold();
      return Threshold{.value = from.value(),
                       .direction = ToDirection(from.direction()),
                       .levels = ToLevels(from.levels()),
                       .minimum_confidence_micros = from.minimum_confidence_micros()};
    }
    case v1::AlertRule::kPercentageChange: {
      const v1::PercentageChange& from = rule.percentage_change();
      return PercentageChange{.value = from.value(),
                              .baseline = from.baseline(),
                              .direction = ToDirection(from.direction()),
                              .levels = ToLevels(from.levels()),
                              .absolute = from.absolute(),
                              .zero_baseline = ToBehaviour(from.zero_baseline()),
                              .missing_baseline = ToBehaviour(from.missing_baseline()),
                              .minimum_baseline_micros = from.minimum_baseline_micros()};
    }
    case v1::AlertRule::kAbsence: {
      const v1::Absence& from = rule.absence();
      return Absence{.value = from.value(),
                     .longer_than = ToDuration(from.longer_than()),
                     .level = ToLevel(from.level()),
                     .from_first_sight = from.from_first_sight()};
    }
    case v1::AlertRule::CONDITION_NOT_SET:
      return std::monostate();
  }
  return std::monostate();
}

// "rules[3].text" of what a problem names by its rule's id; `tiers` by the name it has in the file.
std::string FieldOf(const v1::RuleSet& rules, RuleProblem& problem) {
  for (int i = 0; i < rules.rules_size(); ++i) {
    const v1::AlertRule& rule = rules.rules(i);
    if (rule.rule_id() != problem.rule_id) continue;
    if (problem.field == absl::StrCat("where[", rule.where_size(), "].values")) {
      problem.field = "tiers";
    }
    return absl::StrCat("rules[", i, "].", problem.field);
  }
  return problem.field;
}

// "rules.yaml:12: " where places are known.
std::string PlaceOf(const config::SourceMap* lines, absl::string_view field) {
  return lines == nullptr ? "" : absl::StrCat(lines->PlaceOf(field), ": ");
}

}  // namespace

Rule ToRule(const v1::AlertRule& rule, const RuleDefaults& defaults) {
  Rule out;
  out.id = rule.rule_id();
  out.version = rule.version();
  out.scope = std::string(SubjectTypeName(rule.scope()));
  // In this order problems name `where` by the place it has in the file.
  for (const v1::AttributeMatch& match : rule.where()) {
    out.where.push_back({match.attribute(), {match.values().begin(), match.values().end()}});
  }
  if (!rule.tiers().empty()) {
    out.where.push_back({kTierAttribute, {rule.tiers().begin(), rule.tiers().end()}});
  }
  out.condition = ToCondition(rule);
  const bool compares = rule.condition_case() == v1::AlertRule::kPercentageChange;
  out.for_duration = rule.has_for_duration() ? ToDuration(rule.for_duration())
                     : compares              ? defaults.comparison_for
                                             : absl::ZeroDuration();
  out.unjudged_kept =
      rule.has_unjudged_kept() ? ToDuration(rule.unjudged_kept()) : defaults.unjudged_kept;
  out.loss = {rule.loss().value(), rule.loss().baseline()};
  out.title = rule.title();
  out.title_zh = rule.title_zh();
  out.text = rule.text();
  out.text_zh = rule.text_zh();
  out.cause = rule.cause();
  out.playbook = rule.playbook();
  out.acknowledge_within = ToDuration(rule.acknowledge_within());
  out.disabled = rule.disabled();
  return out;
}

RuleDefaults DefaultsOf(const v1::AlertPolicy& policy) {
  RuleDefaults defaults;
  if (policy.has_unjudged_kept()) defaults.unjudged_kept = ToDuration(policy.unjudged_kept());
  defaults.comparison_for = ToDuration(policy.comparison_for());
  return defaults;
}

absl::StatusOr<RuleSet> ToRuleSet(const v1::RuleSet& rules, const RuleDefaults& defaults,
                                  const config::SourceMap* lines) {
  std::vector<Rule> out;
  for (const v1::AlertRule& rule : rules.rules()) out.push_back(ToRule(rule, defaults));
  std::vector<RuleProblem> problems = ValidateRules(out);
  if (problems.empty()) return RuleSet(std::move(out));
  std::vector<std::string> text;
  for (RuleProblem& problem : problems) {
    const std::string place = PlaceOf(lines, FieldOf(rules, problem));
    text.push_back(
        absl::StrCat(place, problem.rule_id, ": ", problem.field, ": ", problem.message));
  }
  return InvalidArgument("RULES_INVALID",
                         absl::StrCat(problems.front().rule_id, ".", problems.front().field),
                         absl::StrJoin(text, "\n"), "L2");
}

absl::StatusOr<CasePolicy> ToPolicy(const v1::AlertPolicy& policy, absl::TimeZone zone,
                                    const config::SourceMap* lines) {
  CasePolicy out;
  std::vector<std::string> problems;
  const auto require = [&](bool holds, absl::string_view field, absl::string_view problem) {
    if (!holds) problems.push_back(absl::StrCat(PlaceOf(lines, field), field, ": ", problem));
  };
  for (const auto& [tier, weight] : policy.tier_weights()) {
    require(weight >= 0 && weight <= kTierWeightMax, absl::StrCat("tier_weights.", tier),
            "must be between 0 and 1 000 000");
    require(IsServiceLevel(tier), absl::StrCat("tier_weights.", tier),
            absl::StrCat("is none of: ", absl::StrJoin(ServiceLevels(), ", ")));
    out.tier_weights[tier] = weight;
  }
  require(policy.other_tier_weight() >= 0 && policy.other_tier_weight() <= kTierWeightMax,
          "other_tier_weight", "must be between 0 and 1 000 000");
  out.other_tier_weight = policy.other_tier_weight();
  for (int i = 0; i < policy.escalation_chain_size(); ++i) {
    const v1::EscalationRung& rung = policy.escalation_chain(i);
    require(rung.roles_size() > 0, absl::StrCat("escalation_chain[", i, "]"),
            "a rung needs a role");
    out.escalation_chain.emplace_back(rung.roles().begin(), rung.roles().end());
  }
  require(!out.escalation_chain.empty(), "escalation_chain", "must have at least one rung");
  std::array<bool, kLevels> seen = {};
  for (int i = 0; i < policy.duties_size(); ++i) {
    const v1::LevelDuty& duty = policy.duties(i);
    const std::string field = absl::StrCat("duties[", i, "]");
    if (duty.level() < v1::LEVEL_YELLOW || duty.level() > v1::LEVEL_RED) {
      require(false, field, "level is missing");
      continue;
    }
    const int index = duty.level() - 1;
    require(!std::exchange(seen[index], true), field, "a level stands twice");
    require(duty.rung() >= 0 && duty.rung() < policy.escalation_chain_size(), field,
            "rung lies outside escalation_chain");
    out.first_rung[index] = duty.rung();
  }
  require(seen == std::array<bool, kLevels>{true, true, true}, "duties", "every level needs one");
  out.reopen_within = ToDuration(policy.reopen_within());
  require(out.reopen_within >= absl::ZeroDuration() && out.reopen_within <= kReopenWithinMax,
          "reopen_within", "must be between 0 and 366 days");
  const RuleDefaults defaults = DefaultsOf(policy);
  require(IsUnjudgedKept(defaults.unjudged_kept), "unjudged_kept",
          "must be between 1 minute and 366 days");
  require(
      defaults.comparison_for >= absl::ZeroDuration() && defaults.comparison_for <= kForDurationMax,
      "comparison_for", "must be between 0 and 366 days");
  if (policy.has_import_hold_max()) out.import_hold_max = ToDuration(policy.import_hold_max());
  require(out.import_hold_max > absl::ZeroDuration() && out.import_hold_max <= kImportHoldMaxMost,
          "import_hold_max", "must be more than 0 and at most 24 hours");
  out.zone = zone;
  if (!problems.empty()) {
    return InvalidArgument("POLICY_INVALID", "", absl::StrJoin(problems, "\n"), "L1");
  }
  return out;
}

}  // namespace bellwether::alerts
