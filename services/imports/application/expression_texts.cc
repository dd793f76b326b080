// Texts made of texts: templates, slices, captures, the first that is not empty.
#include <re2/re2.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/character.h"
#include "services/imports/application/condition.h"
#include "services/imports/application/expression.h"
#include "services/imports/application/text_template.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;

class FilledTemplate : public Expression {
 public:
  FilledTemplate(const std::string& text, ExpressionContext& context) {
    auto parsed = TextTemplate::Parse(text, context.scope);
    context.faults.Take(context.field, parsed.status());
    if (parsed.ok()) text_ = *std::move(parsed);
  }

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    return text_.Fill(row).value_or(Value());
  }

 private:
  TextTemplate text_;
};

class SliceOfText : public Expression {
 public:
  SliceOfText(const imports::v1::Slice& spec, ExpressionContext& context)
      : column_(context.scope.Need(spec.of(), context.field, context.faults)),
        skip_(spec.begin() - 1),
        length_(spec.length()) {
    if (spec.begin() < 1 || spec.length() < 0) {
      context.faults.Add(context.field, "begin is 1 or more, length not negative");
    }
  }

  // A text that is too short has nothing there.
  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    const std::string text = row[column_].Text();
    absl::string_view rest = text;
    std::string slice;
    for (int at = 0; !rest.empty() && (length_ == 0 || at < skip_ + length_); ++at) {
      const text::Character character = text::FirstOf(rest);
      if (at >= skip_) absl::StrAppend(&slice, rest.substr(0, character.bytes));
      rest.remove_prefix(character.bytes);
    }
    return Value::OfText(std::move(slice));
  }

 private:
  const int column_;
  const int skip_;
  const int length_;
};

class CapturedText : public Expression {
 public:
  CapturedText(const imports::v1::Capture& spec, ExpressionContext& context)
      : column_(context.scope.Need(spec.of(), context.field, context.faults)),
        pattern_(CompilePattern(spec.pattern(), context.field, context.faults)),
        optional_(spec.optional()) {}

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    if (row[column_].empty()) return Value();
    const std::string text = row[column_].Text();
    std::vector<re2::StringPiece> found(pattern_->NumberOfCapturingGroups() > 0 ? 2 : 1);
    if (!pattern_->Match(text, 0, text.size(), re2::RE2::UNANCHORED, found.data(),
                         static_cast<int>(found.size()))) {
      if (optional_) return Value();
      return InvalidArgument(
          "NOT_CAPTURED", "",
          absl::StrCat("\"", text, "\" holds nothing that matches ", pattern_->pattern()));
    }
    return Value::OfText(std::string(found.back().data(), found.back().size()));
  }

 private:
  const int column_;
  const std::shared_ptr<const re2::RE2> pattern_;
  const bool optional_;
};

class FirstThatIsThere : public Expression {
 public:
  FirstThatIsThere(const imports::v1::Operands& operands, ExpressionContext& context) {
    for (const std::string& name : operands.of()) {
      columns_.push_back(context.scope.Need(name, context.field, context.faults));
    }
  }

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    for (const int column : columns_) {
      if (!row[column].empty()) return row[column];
    }
    return Value();
  }

 private:
  std::vector<int> columns_;
};

}  // namespace

std::unique_ptr<const Expression> CompileTextExpression(const Column& column,
                                                        ExpressionContext& context) {
  switch (column.made_case()) {
    case Column::kText:
      return std::make_unique<FilledTemplate>(column.text(), context);
    case Column::kSlice:
      return std::make_unique<SliceOfText>(column.slice(), context);
    case Column::kCapture:
      return std::make_unique<CapturedText>(column.capture(), context);
    case Column::kFirstOf:
      return std::make_unique<FirstThatIsThere>(column.first_of(), context);
    default:
      return nullptr;
  }
}

}  // namespace bellwether::imports
