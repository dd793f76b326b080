#include "services/imports/application/column.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/currency/iso_4217.h"
#include "common/decimal/decimal.h"
#include "services/imports/domain/cell_text.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;

constexpr absl::string_view kTimeOfDayDefault = "12:00";

Rounding RoundingOf(imports::v1::Rounding rounding) {
  switch (rounding) {
    case imports::v1::ROUNDING_HALF_AWAY:
      return Rounding::kHalfAway;
    case imports::v1::ROUNDING_HALF_EVEN:
      return Rounding::kHalfEven;
    case imports::v1::ROUNDING_DOWN:
      return Rounding::kDown;
    case imports::v1::ROUNDING_UP:
      return Rounding::kUp;
    default:
      return Rounding::kExact;
  }
}

NumberStyle StyleOf(const imports::v1::NumberFormat& spec, const std::string& field,
                    MappingFaults& faults) {
  NumberStyle style;
  if (!spec.decimal_mark().empty() && spec.decimal_mark() != "." && spec.decimal_mark() != ",") {
    faults.Add(field, "decimal_mark is \".\" or \",\"");
  } else if (!spec.decimal_mark().empty()) {
    style.decimal_mark = spec.decimal_mark()[0];
  }
  style.group_mark = spec.group_mark();
  if (!style.group_mark.empty() && style.group_mark != "," && style.group_mark != "." &&
      style.group_mark != "'" && style.group_mark != " ") {
    faults.Add(field, "group_mark is \",\", \".\", \"'\" or \" \"");
  }
  if (style.group_mark == std::string(1, style.decimal_mark)) {
    faults.Add(field, "decimal_mark and group_mark are the same");
  }
  style.marks = {spec.marks().begin(), spec.marks().end()};
  // The longer first: "US$" before "$".
  absl::c_sort(style.marks, [](const auto& a, const auto& b) { return a.size() > b.size(); });
  style.accounting = spec.accounting();
  style.exponent = spec.exponent();
  return style;
}

bool IsAggregate(Column::MadeCase made) { return made >= Column::kTotal; }

}  // namespace

CompiledColumn CompiledColumn::Compile(const Column& spec, const imports::v1::Mapping& mapping,
                                       const Scope& before, const Scope& file,
                                       TableDirectory& tables, const std::string& field,
                                       MappingFaults& faults) {
  CompiledColumn column;
  column.spec_ = &spec;
  if (spec.name().empty() || before.Find(spec.name()) >= 0) {
    faults.Add(absl::StrCat(field, ".name"), "name must be given and its own");
  }
  if (spec.kind() == imports::v1::COLUMN_KIND_UNSPECIFIED) {
    faults.Add(absl::StrCat(field, ".kind"), "kind must be given");
  }
  if (!spec.from().empty()) {
    if (spec.made_case() != Column::MADE_NOT_SET) {
      faults.Add(field, "from and an expression cannot both make a column");
    }
    column.from_ = before.Need(spec.from(), absl::StrCat(field, ".from"), faults);
  }
  if (!IsAggregate(spec.made_case())) {
    column.expression_ = CompileExpression(spec, {before, tables, field, faults});
  }

  column.missing_.insert(mapping.missing().begin(), mapping.missing().end());
  column.missing_.insert(spec.missing().begin(), spec.missing().end());
  column.number_style_ =
      StyleOf(spec.number_format(), absl::StrCat(field, ".number_format"), faults);
  column.rounding_ = RoundingOf(spec.rounding());
  column.scale_ = spec.scale();
  if (spec.scale() < 0 || spec.scale() > kScaleMax) {
    faults.Add(absl::StrCat(field, ".scale"), absl::StrCat("scale must be 0 to ", kScaleMax));
  }
  if (!spec.currency().empty()) {
    if (column.scale_ == 0) column.scale_ = kMinorDigitsDefault;
    absl::string_view name = spec.currency();
    if (absl::ConsumePrefix(&name, "{") && absl::ConsumeSuffix(&name, "}")) {
      column.currency_column_ = file.Need(name, absl::StrCat(field, ".currency"), faults);
    } else if (IsoMinorDigits(spec.currency()).has_value() ||
               absl::c_linear_search(mapping.own_currencies(), spec.currency())) {
      column.currency_ = spec.currency();
    } else {
      faults.Add(absl::StrCat(field, ".currency"),
                 absl::StrCat("\"", spec.currency(), "\" is no currency of ISO 4217"));
    }
  }
  if (spec.has_decimals()) {
    column.decimals_ = spec.decimals();
    if (spec.decimals() < 0 || spec.decimals() > kScaleMax) {
      faults.Add(absl::StrCat(field, ".decimals"),
                 absl::StrCat("decimals must be 0 to ", kScaleMax));
    }
  } else if (column.of_file() || column.from_ >= 0 || column.scale_ > 0) {
    // What is computed has the decimals that it has, unless it says what it is good for.
    if (!IsAggregate(spec.made_case()) || column.scale_ > 0) column.decimals_ = column.scale_;
  }

  std::vector<std::string> formats(spec.time_formats().begin(), spec.time_formats().end());
  if (!spec.time_format().empty()) formats.insert(formats.begin(), spec.time_format());
  faults.Take(absl::StrCat(field, ".time_formats"), CheckFormats(formats));
  column.time_style_ = {.formats = std::move(formats), .zone = before.zone()};
  std::string time_of_day = spec.time_of_day().empty() ? mapping.time_of_day() : spec.time_of_day();
  if (time_of_day.empty()) time_of_day = std::string(kTimeOfDayDefault);
  const auto seconds = ParseTimeOfDay(time_of_day);
  if (seconds.ok()) {
    column.time_style_.seconds_of_day = *seconds;
  } else if (!spec.time_of_day().empty()) {
    faults.Add(absl::StrCat(field, ".time_of_day"), "must be HH:MM");
  }

  if (!spec.references().empty()) {
    const std::vector<std::string> parts =
        absl::StrSplit(spec.references(), absl::MaxSplits('.', 1));
    column.reference_table_ = tables.Find(parts[0]);
    if (column.reference_table_ >= 0 && parts.size() == 2) {
      column.reference_column_ = tables.FindColumn(column.reference_table_, parts[1]);
    }
    if (column.reference_column_ < 0) {
      faults.Add(absl::StrCat(field, ".references"),
                 "references must be \"file_id.column\" of a file before");
    } else {
      tables.NeedValues(column.reference_table_, column.reference_column_);
    }
  }
  if (IsAggregate(spec.made_case())) {
    column.aggregate_ = Aggregate::Compile(spec, file, field, faults);
  }
  return column;
}

absl::Status CompiledColumn::ReadText(absl::string_view raw, int index, absl::Span<const Value> row,
                                      const LookUpTables& tables, Value& value,
                                      std::string* written, CellNotes& notes) const {
  std::string text;
  if (spec_->as_written()) {
    text = std::string(absl::StripAsciiWhitespace(raw));
  } else {
    CleanText clean = Clean(raw);
    if (clean.changed) notes.cleaned.push_back(index);
    text = std::move(clean.text);
  }
  if (!missing_.empty() && missing_.contains(text)) text.clear();
  if (written != nullptr) *written = text;
  if (!spec_->aliases().empty()) {
    if (const auto alias = spec_->aliases().find(text); alias != spec_->aliases().end()) {
      notes.aliases.push_back(
          absl::StrCat(spec_->name(), ": \"", alias->first, "\" read as \"", alias->second, "\""));
      text = alias->second;
    }
  }
  if (text.empty()) text = spec_->otherwise();
  if (text.empty()) {
    value = Value();
    if (!spec_->required()) return absl::OkStatus();
    return InvalidArgument("MISSING_VALUE", "", "the cell is empty");
  }
  if (!spec_->translate().empty()) {
    const auto meaning = spec_->translate().find(text);
    if (meaning == spec_->translate().end()) {
      return InvalidArgument("NOT_IN_VOCABULARY", "",
                             absl::StrCat("\"", text, "\" is not in the mapping's vocabulary"));
    }
    text = meaning->second;
  }
  if (reference_table_ >= 0 && !tables.HasValue(reference_table_, reference_column_, text)) {
    return InvalidArgument("UNKNOWN_REFERENCE", "",
                           absl::StrCat("\"", text, "\" is not in ", spec_->references()));
  }
  RETURN_IF_ERROR(Convert(std::move(text), index, row, value, notes));
  // "10.0" and "10.00" are the same cell.
  if (written != nullptr && value.kind != Value::Kind::kText && !written->empty()) {
    *written = value.Text();
  }
  return absl::OkStatus();
}

absl::Status CompiledColumn::ReadValue(const Value& computed, int index,
                                       absl::Span<const Value> row, const LookUpTables& tables,
                                       Value& value, CellNotes& notes) const {
  const bool as_it_is =
      (computed.kind == Value::Kind::kNumber && spec_->kind() == imports::v1::COLUMN_KIND_NUMBER) ||
      (computed.kind == Value::Kind::kTime && spec_->kind() == imports::v1::COLUMN_KIND_TIME);
  if (!as_it_is) {
    return ReadText(computed.Text(), index, row, tables, value, /*written=*/nullptr, notes);
  }
  if (computed.kind == Value::Kind::kNumber) return Finish(computed.number, row, value);
  value = computed;
  return absl::OkStatus();
}

absl::Status CompiledColumn::Convert(std::string text, int index, absl::Span<const Value> row,
                                     Value& value, CellNotes& notes) const {
  switch (spec_->kind()) {
    case imports::v1::COLUMN_KIND_NUMBER: {
      ASSIGN_OR_RETURN(const ExactNumber number, ParseNumber(text, number_style_));
      return Finish(number, row, value);
    }
    case imports::v1::COLUMN_KIND_TIME:
      return MakeTime(text, index, value, notes);
    default:
      value = Value::OfText(std::move(text));
      return absl::OkStatus();
  }
}

absl::Status CompiledColumn::Finish(const ExactNumber& number, absl::Span<const Value> row,
                                    Value& value) const {
  int decimals = decimals_;
  if (!spec_->has_decimals() && decimals >= 0 && is_amount()) decimals = ScaleFor(CurrencyOf(row));
  if (decimals < 0 && decimals_ >= 0) decimals = 0;
  if (decimals < 0) {
    value = Value::OfNumber(number);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const ExactNumber rounded, Rounded(number, decimals, rounding_));
  value = Value::OfNumber(rounded);
  return absl::OkStatus();
}

absl::Status CompiledColumn::MakeTime(absl::string_view text, int index, Value& value,
                                      CellNotes& notes) const {
  ASSIGN_OR_RETURN(const ParsedTime parsed, ParseTime(text, time_style_));
  if (parsed.repeated) notes.repeated_times.push_back(index);
  value.kind = Value::Kind::kTime;
  value.time = parsed.time;
  value.date_only = parsed.date_only;
  value.text = parsed.date_only
                   ? absl::FormatCivilTime(parsed.day)
                   : absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*S", parsed.time, time_style_.zone);
  return absl::OkStatus();
}

int CompiledColumn::ScaleFor(absl::string_view currency) const {
  if (currency.empty() || scale_ < kMinorDigitsDefault) return scale_;
  return scale_ + MinorDigitsOf(currency) - kMinorDigitsDefault;
}

std::string CompiledColumn::CurrencyOf(absl::Span<const Value> row) const {
  return currency_column_ >= 0 ? row[currency_column_].Text() : currency_;
}

}  // namespace bellwether::imports
