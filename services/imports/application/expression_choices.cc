// Values of another table, and values by case.
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/imports/application/condition.h"
#include "services/imports/application/expression.h"
#include "services/imports/application/text_template.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;

class ValueOfOtherTable : public Expression {
 public:
  ValueOfOtherTable(const imports::v1::LookUp& spec, ExpressionContext& context)
      : table_(context.tables.Find(spec.table())), optional_(spec.optional()), name_(spec.table()) {
    if (table_ < 0) {
      context.faults.Add(context.field,
                         absl::StrCat("\"", spec.table(), "\" is no file before this one"));
      return;
    }
    column_ = context.tables.FindColumn(table_, spec.take());
    if (column_ < 0) {
      context.faults.Add(context.field,
                         absl::StrCat(spec.table(), " has no column \"", spec.take(), "\""));
    } else {
      context.tables.NeedByKey(table_, column_);
    }
    const auto& key = context.tables.KeyOf(table_);
    if (key.empty() || key.size() != static_cast<size_t>(spec.by_size())) {
      context.faults.Add(context.field,
                         absl::StrCat("a row of ", spec.table(), " is identified by (",
                                      absl::StrJoin(key, ", "), "): by names as many columns"));
    }
    for (const std::string& name : spec.by()) {
      by_.push_back(context.scope.Need(name, context.field, context.faults));
    }
  }

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row,
                                 const LookUpTables& tables) const override {
    std::string key;
    for (const int column : by_) {
      if (row[column].empty()) return Value();
      AppendKeyPart(row[column].Text(), key);
    }
    if (const Value* found = tables.Find(table_, column_, key)) return *found;
    if (optional_) return Value();
    return InvalidArgument("UNKNOWN_REFERENCE", "",
                           absl::StrCat("\"", key, "\" is not in ", name_));
  }

 private:
  const int table_;
  const bool optional_;
  const std::string name_;
  int column_ = -1;
  std::vector<int> by_;
};

class ValueByCase : public Expression {
 public:
  ValueByCase(const imports::v1::Choice& spec, ExpressionContext& context) {
    for (int i = 0; i < spec.cases_size(); ++i) {
      const std::string field = absl::StrCat(context.field, ".cases[", i, "]");
      ChoiceCase& added = cases_.emplace_back();
      for (int k = 0; k < spec.cases(i).when_size(); ++k) {
        added.when.push_back(Condition::Compile(spec.cases(i).when(k), context.scope,
                                                absl::StrCat(field, ".when[", k, "]"),
                                                context.faults));
      }
      auto value = TextTemplate::Parse(spec.cases(i).value(), context.scope);
      context.faults.Take(field, value.status());
      if (value.ok()) added.value = *std::move(value);
    }
    if (cases_.empty()) context.faults.Add(context.field, "needs cases");
  }

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    for (const ChoiceCase& candidate : cases_) {
      if (FirstFailing(candidate.when, row) == nullptr) {
        return candidate.value.Fill(row).value_or(Value());
      }
    }
    return Value();
  }

 private:
  struct ChoiceCase {
    std::vector<Condition> when;
    TextTemplate value;
  };
  std::vector<ChoiceCase> cases_;
};

}  // namespace

std::unique_ptr<const Expression> CompileChoiceExpression(const Column& column,
                                                          ExpressionContext& context) {
  switch (column.made_case()) {
    case Column::kLookUp:
      return std::make_unique<ValueOfOtherTable>(column.look_up(), context);
    case Column::kChoice:
      return std::make_unique<ValueByCase>(column.choice(), context);
    default:
      return nullptr;
  }
}

std::unique_ptr<const Expression> CompileExpression(const Column& column,
                                                    ExpressionContext context) {
  for (const auto compile : {CompileNumberExpression, CompileTextExpression, CompileTimeExpression,
                             CompileChoiceExpression}) {
    if (auto expression = compile(column, context)) return expression;
  }
  return nullptr;
}

}  // namespace bellwether::imports
