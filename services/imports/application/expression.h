// Values computed from the other columns of a row.
//
// One kind of expression is one class in one of the expression_*.cc files, each beside its like; a
// new one is its class and its line in Compile.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_EXPRESSION_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_EXPRESSION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bellwether/imports/v1/column.pb.h"
#include "services/imports/application/look_up_tables.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

// Immutable.
class Expression {
 public:
  virtual ~Expression() = default;
  // Empty where a value that it needs is. INVALID_ARGUMENT with a reason where it cannot be meant.
  virtual absl::StatusOr<Value> Evaluate(absl::Span<const Value> row,
                                         const LookUpTables& tables) const = 0;
};

// What an expression is compiled with.
struct ExpressionContext {
  const Scope& scope;
  TableDirectory& tables;
  std::string field;  // path of the column in the mapping
  MappingFaults& faults;
};

// Null for a column that is not computed from its row.
std::unique_ptr<const Expression> CompileExpression(const imports::v1::Column& column,
                                                    ExpressionContext context);

// By family; null for a column of another.
std::unique_ptr<const Expression> CompileNumberExpression(const imports::v1::Column& column,
                                                          ExpressionContext& context);
std::unique_ptr<const Expression> CompileTextExpression(const imports::v1::Column& column,
                                                        ExpressionContext& context);
std::unique_ptr<const Expression> CompileTimeExpression(const imports::v1::Column& column,
                                                        ExpressionContext& context);
std::unique_ptr<const Expression> CompileChoiceExpression(const imports::v1::Column& column,
                                                          ExpressionContext& context);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_EXPRESSION_H_
