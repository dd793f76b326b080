// Which alerts of the board are asked for, as SQL.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_BOARD_FILTER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_BOARD_FILTER_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/rpc/call.h"
#include "common/store/store.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// Of a list that is not empty, one of its entries holds.
struct BoardFilter {
  // Empty means all that are not resolved.
  std::vector<CaseState> states;
  std::vector<Level> levels;
  std::vector<std::string> rule_ids;
  std::vector<std::string> tiers;
  std::vector<std::string> assignees;
  // Beside `assignees`; empty: whoever has it.
  std::string mine;
  std::string account;
  bool include_backfill = false;
};

inline constexpr int kFilterEntriesMax = 200;

// `mine` is who calls. INVALID_ARGUMENT / STATE_INVALID, LEVEL_INVALID, TOO_MANY_ENTRIES;
// UNAUTHENTICATED / PRINCIPAL_REQUIRED.
absl::StatusOr<BoardFilter> ToFilter(const v1::AlertFilter& filter, const rpc::Call& call);
absl::StatusOr<CaseState> ToState(int state, absl::string_view field);

// A WHERE clause and its parameters, put together piece by piece.
class Where {
 public:
  void Add(std::string condition) { conditions_.push_back(std::move(condition)); }
  template <typename T>
  void Add(absl::string_view column_and_operator, T value) {
    Add(absl::StrCat(column_and_operator, " ", Place(std::move(value))));
  }
  // One of the values, unless there are none.
  template <typename T>
  void AddOneOf(absl::string_view column, const std::vector<T>& values) {
    if (values.empty()) return;
    std::vector<std::string> places;
    for (const T& value : values) {
      if constexpr (std::is_enum_v<T>) {
        places.push_back(Place(static_cast<int64_t>(value)));
      } else {
        places.push_back(Place(value));
      }
    }
    Add(absl::StrCat(column, " IN (", absl::StrJoin(places, ", "), ")"));
  }
  // The placeholder that stands for `value`.
  template <typename T>
  std::string Place(T value) {
    parameters_.emplace_back(std::move(value));
    return absl::StrCat("$", parameters_.size());
  }

  std::string Text() const {
    return conditions_.empty() ? "1 = 1" : absl::StrJoin(conditions_, " AND ");
  }
  absl::Span<const store::Value> parameters() const { return parameters_; }

 private:
  std::vector<std::string> conditions_;
  std::vector<store::Value> parameters_;
};

// Over the columns of alert_cases.
void AddFilter(const BoardFilter& filter, Where& where);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_BOARD_FILTER_H_
