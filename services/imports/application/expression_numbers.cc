// Products, sums, differences, signs.
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/imports/application/expression.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;

// A column, or a number of the mapping.
struct NumberOperand {
  int column = -1;
  ExactNumber constant;
};

NumberOperand CompileOperand(const std::string& text, ExpressionContext& context) {
  NumberOperand operand{context.scope.Find(text)};
  if (operand.column >= 0) {
    if (context.scope.KindOf(operand.column) != imports::v1::COLUMN_KIND_NUMBER) {
      context.faults.Add(context.field, absl::StrCat("column \"", text, "\" is no NUMBER"));
    }
    return operand;
  }
  const auto constant = ParseExact(text);
  if (!constant.ok()) {
    context.faults.Add(context.field,
                       absl::StrCat("\"", text, "\" is neither a column before it nor a number"));
    return operand;
  }
  operand.constant = *constant;
  return operand;
}

// Folds its operands from the left.
class FoldNumbers : public Expression {
 public:
  using Step = std::function<absl::StatusOr<ExactNumber>(const ExactNumber&, const ExactNumber&)>;

  FoldNumbers(const imports::v1::Operands& operands, Step step, ExpressionContext& context)
      : step_(std::move(step)) {
    if (operands.of_size() < 2) context.faults.Add(context.field, "needs two operands or more");
    for (const std::string& text : operands.of()) {
      operands_.push_back(CompileOperand(text, context));
    }
  }

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    ExactNumber folded;
    for (size_t i = 0; i < operands_.size(); ++i) {
      const NumberOperand& operand = operands_[i];
      if (operand.column >= 0 && row[operand.column].empty()) return Value();
      const ExactNumber& number =
          operand.column >= 0 ? row[operand.column].number : operand.constant;
      if (i == 0) {
        folded = number;
      } else {
        ASSIGN_OR_RETURN(folded, step_(folded, number));
      }
    }
    return Value::OfNumber(folded);
  }

 private:
  const Step step_;
  std::vector<NumberOperand> operands_;
};

// The number with another sign.
class ChangeSign : public Expression {
 public:
  ChangeSign(const std::string& name, bool absolute, ExpressionContext& context)
      : operand_(CompileOperand(name, context)), absolute_(absolute) {}

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    if (operand_.column < 0) return Value::OfNumber(Negated(operand_.constant));
    const Value& value = row[operand_.column];
    if (value.empty() || (absolute_ && value.number.units >= 0)) return value;
    return Value::OfNumber(Negated(value.number));
  }

 private:
  const NumberOperand operand_;
  const bool absolute_;
};

}  // namespace

std::unique_ptr<const Expression> CompileNumberExpression(const Column& column,
                                                          ExpressionContext& context) {
  const auto minus = [](const ExactNumber& a, const ExactNumber& b) { return Sum(a, Negated(b)); };
  switch (column.made_case()) {
    case Column::kProduct:
      return std::make_unique<FoldNumbers>(column.product(), Product, context);
    case Column::kSum:
      return std::make_unique<FoldNumbers>(column.sum(), Sum, context);
    case Column::kDifference:
      return std::make_unique<FoldNumbers>(column.difference(), minus, context);
    case Column::kNegated:
      return std::make_unique<ChangeSign>(column.negated(), false, context);
    case Column::kAbsolute:
      return std::make_unique<ChangeSign>(column.absolute(), true, context);
    default:
      return nullptr;
  }
}

}  // namespace bellwether::imports
