// Tests of a row's values: which rows count, which become what.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_CONDITION_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_CONDITION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bellwether/imports/v1/column.pb.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/value.h"

namespace re2 {
class RE2;
}

namespace bellwether::imports {

// Program of a regular expression; patterns that need more memory are refused.
inline constexpr int kPatternBytesMax = 1 << 20;
inline constexpr int kConditionDepthMax = 4;

// Compiles a pattern for Condition.matches and Capture; null with a fault where it is none.
std::shared_ptr<const re2::RE2> CompilePattern(const std::string& pattern, absl::string_view field,
                                               MappingFaults& faults);

// Immutable.
class Condition {
 public:
  static Condition Compile(const imports::v1::Condition& spec, const Scope& scope,
                           absl::string_view field, MappingFaults& faults, int depth = 0);

  bool Holds(absl::Span<const Value> row) const;
  // It goes by the value of that column.
  bool Tests(int column) const;
  // As the mapping says it: "state is WON or LOST".
  const std::string& label() const { return label_; }

 private:
  enum class Bound { kAtLeast, kAtMost, kAbove, kBelow };
  struct Range {
    Bound bound;
    Value value;
  };

  bool Test(absl::Span<const Value> row) const;
  static bool Within(const Value& value, const Range& range);
  void AddRange(Bound bound, const std::string& text, absl::string_view field,
                imports::v1::ColumnKind kind, const Scope& scope, MappingFaults& faults);

  int column_ = -1;
  bool negate_ = false;
  bool any_value_ = false;  // without a test: the cell is not empty
  std::optional<bool> empty_;
  absl::flat_hash_set<std::string> one_of_;
  std::optional<std::string> prefix_;
  std::shared_ptr<const re2::RE2> pattern_;
  std::vector<Range> ranges_;
  std::vector<Condition> any_of_;
  std::string label_;
};

// The first of `conditions` that does not hold; null where all do.
const Condition* FirstFailing(const std::vector<Condition>& conditions,
                              absl::Span<const Value> row);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_CONDITION_H_
