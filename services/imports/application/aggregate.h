// One value of many rows.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_AGGREGATE_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_AGGREGATE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bellwether/imports/v1/column.pb.h"
#include "services/imports/application/condition.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

// What one aggregate has seen of the group's rows so far: the memory of one row, however many they
// are.
struct Gathered {
  int64_t count = 0;
  Value value;
  Value by;
  // Rows do not say the same (only).
  bool disagree = false;
};

// Immutable.
class Aggregate {
 public:
  static std::shared_ptr<const Aggregate> Compile(const imports::v1::Column& column,
                                                  const Scope& rows, const std::string& field,
                                                  MappingFaults& faults);

  // Takes the next row of the group. OUT_OF_RANGE for a sum.
  absl::Status Take(absl::Span<const Value> row, Gathered& gathered) const;
  // ROWS_DISAGREE for `only`.
  absl::StatusOr<Value> Of(const Gathered& gathered) const;

 private:
  using Made = imports::v1::Column::MadeCase;

  Made made_ = imports::v1::Column::MADE_NOT_SET;
  int of_ = -1;
  int by_ = -1;
  std::string name_;
  std::vector<Condition> where_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_AGGREGATE_H_
