// Alert rules (L2) as plain data, their validation, and the compiled set the fold works with.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_RULE_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_RULE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/subject/attributes.h"
#include "services/alerts/domain/level.h"

namespace bellwether::alerts {

inline constexpr size_t kRulesMax = 1000;
inline constexpr size_t kRuleIdBytesMax = 32;
inline constexpr size_t kValueNameBytesMax = 128;
inline constexpr size_t kTextBytesMax = 2000;
inline constexpr absl::Duration kForDurationMax = absl::Hours(24 * 366);
inline constexpr absl::Duration kUnjudgedKeptMin = absl::Minutes(1);
inline constexpr absl::Duration kUnjudgedKeptMax = absl::Hours(24 * 366);
inline constexpr absl::Duration kLongerThanMax = absl::Hours(24 * 366);
inline constexpr absl::Duration kAcknowledgeWithinMax = absl::Hours(24 * 90);
inline constexpr int64_t kMicros = 1'000'000;
// Keeps sums and products of thresholds far from overflow.
inline constexpr int64_t kThresholdMax = 100'000'000'000'000'000;

// The attribute that priorities go by (L1).
inline constexpr char kTierAttribute[] = "tier";

// Values that are words, by name.
using Labels = absl::btree_map<std::string, std::string>;

// What rules ask of a subject beside its figures; a view.
class SubjectTraits {
 public:
  SubjectTraits(const Attributes& attributes, const Labels& labels)
      : attributes_(&attributes), labels_(&labels) {}

  // The attribute of that name, or else the label; empty where there is neither.
  absl::string_view Get(absl::string_view name) const;

 private:
  const Attributes* attributes_;
  const Labels* labels_;
};

// The trait of that name is one of `values`; the empty text among them stands for no such trait.
struct AttributeMatch {
  std::string attribute;
  std::vector<std::string> values;

  bool Holds(const SubjectTraits& traits) const;
};

// The share of a score's weight that has data (H3), as health emits it.
inline constexpr char kConfidenceValue[] = "health.confidence";

enum class Direction { kUnspecified, kAbove, kBelow };

// Where one level begins, and where it ends. Strictly beyond `fire_micros` unless `inclusive`.
struct LevelThreshold {
  Level level = Level::kNone;
  int64_t fire_micros = 0;
  bool inclusive = false;
  // The level holds until the value is back at or beyond this; unset means no hysteresis.
  std::optional<int64_t> clear_micros;
  // Another `fire_micros` by the value of an attribute; the distance to the clear threshold moves
  // along with it. All levels of a rule go by the same attribute.
  std::string override_attribute;
  absl::btree_map<std::string, int64_t> fire_micros_by_value;

  int64_t FireFor(absl::string_view attribute_value) const;
  std::optional<int64_t> ClearFor(absl::string_view attribute_value) const;
};

// The value itself against thresholds.
struct Threshold {
  std::string value;
  Direction direction = Direction::kUnspecified;
  std::vector<LevelThreshold> levels;
  // Not judged while the score's confidence is lower or unknown; 0 means always judged.
  int64_t minimum_confidence_micros = 0;
};

enum class BaselineBehaviour { kUnspecified, kSkip, kFullChange };

// The change of a value against a baseline value of the same subject: a signed share in 10⁻⁶
// (−150 000 = 15 % down), or with `absolute` the signed difference in the value's unit.
struct PercentageChange {
  std::string value;
  std::string baseline;
  Direction direction = Direction::kUnspecified;
  std::vector<LevelThreshold> levels;
  bool absolute = false;
  // What a baseline of zero, or none at all, means: not judged, or a change of 100 % in the
  // direction of the move.
  BaselineBehaviour zero_baseline = BaselineBehaviour::kUnspecified;
  BaselineBehaviour missing_baseline = BaselineBehaviour::kUnspecified;
  // Baselines smaller than this (in size) are not judged, zero and missing ones excepted.
  int64_t minimum_baseline_micros = 0;
};

// No event for longer than `longer_than`; the value is the instant of the last event.
struct Absence {
  std::string value;
  absl::Duration longer_than;
  Level level = Level::kNone;
  // A subject that never had the event is judged from its first signal on.
  bool from_first_sight = false;
};

using Condition = std::variant<std::monostate, Threshold, PercentageChange, Absence>;

struct Rule {
  std::string id;
  int32_t version = 0;
  // The type of the subjects it applies to.
  std::string scope;
  // Only subjects for which all of these hold.
  std::vector<AttributeMatch> where;
  Condition condition;
  absl::Duration for_duration;
  // How long a level is kept that cannot be judged; then it lapses.
  absl::Duration unjudged_kept = absl::InfiniteDuration();
  // What the subject has lost: the fall of `loss.value` against `loss.baseline`, both in money.
  // Empty: the rule names none.
  struct Loss {
    std::string value;
    std::string baseline;
  };
  Loss loss;
  std::string title;
  std::string title_zh;
  std::string text;
  std::string text_zh;
  std::string cause;
  std::string playbook;
  // Unacknowledged for so long it escalates; zero means never.
  absl::Duration acknowledge_within;
  bool disabled = false;

  // To a subject of its scope.
  bool AppliesTo(const SubjectTraits& traits) const;
};

// Infinite means for ever.
inline bool IsUnjudgedKept(absl::Duration kept) {
  return kept == absl::InfiniteDuration() || (kept >= kUnjudgedKeptMin && kept <= kUnjudgedKeptMax);
}

struct RuleProblem {
  std::string rule_id;
  std::string field;
  std::string message;

  friend bool operator==(const RuleProblem&, const RuleProblem&) = default;
};

// Everything wrong with the rules, not only the first thing; empty means they may be switched on.
std::vector<RuleProblem> ValidateRules(absl::Span<const Rule> rules);

// A rule whose value names are resolved to slots.
struct CompiledRule {
  Rule rule;
  int value_slot = -1;
  int baseline_slot = -1;
  int confidence_slot = -1;
  int loss_value_slot = -1;
  int loss_baseline_slot = -1;
};

// The rules of one type of subjects in the order of their ids, with the values they read.
class RuleScope {
 public:
  absl::string_view type() const { return type_; }
  absl::Span<const CompiledRule> rules() const { return rules_; }

  // The slot of a value some rule reads; -1 for every other value.
  int SlotOf(absl::string_view value) const;
  size_t slots() const { return value_names_.size(); }
  absl::string_view NameOf(int slot) const { return value_names_[slot]; }
  // Some rule asks for the label of that name.
  bool ReadsLabel(absl::string_view name) const { return traits_.contains(name); }

 private:
  friend class RuleSet;

  void Add(Rule rule);
  int Intern(const std::string& value);

  std::string type_;
  std::vector<CompiledRule> rules_;
  std::vector<std::string> value_names_;
  absl::flat_hash_map<std::string, int> slot_of_;
  absl::flat_hash_set<std::string> traits_;
};

// Valid rules. Immutable, hence thread-safe; scopes stay where they are when the set is moved.
class RuleSet {
 public:
  // `rules` must be valid (see ValidateRules). Disabled rules are left out.
  explicit RuleSet(std::vector<Rule> rules);

  // Null where no rule applies to such subjects.
  const RuleScope* ScopeOf(absl::string_view type) const;
  const Rule* Find(absl::string_view rule_id) const;
  bool SpeaksOfAccountsOnly() const;
  size_t size() const { return size_; }

  // Identifies everything that conditions depend on (not texts): stored states are only valid
  // under the fingerprint they were folded with.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  // By type.
  absl::flat_hash_map<std::string, std::unique_ptr<RuleScope>> scopes_;
  size_t size_ = 0;
  uint64_t fingerprint_ = 0;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_RULE_H_
