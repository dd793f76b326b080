#include "services/imports/application/record_fields.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace bellwether::imports {
namespace {

using imports::v1::Record;

constexpr absl::string_view kAmountField = ".amount_minor";
constexpr absl::string_view kCurrencyField = ".currency_code";

// "external_ids.0" of "external_ids.0.id"; empty for a field of the record's message itself.
absl::string_view ParentOf(absl::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == absl::string_view::npos ? absl::string_view() : path.substr(0, dot);
}

bool IsWithin(absl::string_view path, absl::string_view parent) {
  return absl::ConsumePrefix(&path, parent) && absl::StartsWith(path, ".");
}

// An element of a repeated field: "external_ids" and 0.
struct Element {
  std::string list;
  int index = 0;
};
std::optional<Element> ElementOf(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '.');
  for (size_t i = 1; i < parts.size(); ++i) {
    Element element;
    if (!absl::SimpleAtoi(parts[i], &element.index)) continue;
    element.list = std::string(path.substr(0, parts[i].data() - path.data() - 1));
    return element;
  }
  return std::nullopt;
}

// An amount would count in minor units although nobody has said so.
void CheckAmount(const CompiledColumn& column, const std::string& field, MappingFaults& faults) {
  const imports::v1::Column& spec = column.spec();
  const bool is_number = spec.kind() == imports::v1::COLUMN_KIND_NUMBER;
  if (is_number && (column.is_amount() || spec.has_scale())) return;
  // A cell that is read as it stands says what it says: whole minor units.
  if (column.of_file() && spec.decimals() == 0) return;
  faults.Add(field, absl::StrCat("column \"", spec.name(),
                                 column.of_file() ? "\" has decimals" : "\" is computed",
                                 " and does not say in what it counts: give it ",
                                 is_number ? "" : "kind: number and ",
                                 "a currency, or scale: 0 where it counts minor units"));
}

class FieldsCompiler {
 public:
  FieldsCompiler(const Record& spec, std::vector<CompiledField>& fields)
      : is_fact_(spec.kind() == imports::v1::RECORD_KIND_FACT), fields_(fields) {}

  void Relate() {
    for (CompiledField& field : fields_) {
      field.only_with = OnlyWith(field);
      field.elements_before = ElementsBefore(field.path.text());
    }
  }

 private:
  std::vector<int> OnlyWith(const CompiledField& field) const {
    const absl::string_view path = field.path.text();
    const absl::string_view parent = ParentOf(path);
    if (absl::EndsWith(path, kCurrencyField)) {
      const std::vector<int> amount = Where([&](const CompiledField& other) {
        return other.path.text() == absl::StrCat(parent, kAmountField);
      });
      if (!amount.empty()) return amount;
    }
    if (field.text.names_columns()) return {};
    // Of an account, an opportunity, or a kind of fact: the row itself makes it. A fact alone that
    // would consist of figures which are not there has not happened.
    const bool of_the_row = is_fact_ ? !absl::StrContains(parent, '.') : parent.empty();
    const std::vector<int> beside = Where([&](const CompiledField& other) {
      return other.text.names_columns() && IsWithin(other.path.text(), parent);
    });
    if (!of_the_row) return beside;
    const bool figures = std::any_of(beside.begin(), beside.end(), [&](int place) {
      const FieldPath& other = fields_[static_cast<size_t>(place)].path;
      return ParentOf(other.text()) == parent && other.takes_figure();
    });
    return is_fact_ && figures ? beside : std::vector<int>();
  }

  std::vector<std::vector<int>> ElementsBefore(absl::string_view path) const {
    const std::optional<Element> element = ElementOf(path);
    std::map<int, std::vector<int>> before;
    for (size_t i = 0; element.has_value() && i < fields_.size(); ++i) {
      const std::optional<Element> other = ElementOf(fields_[i].path.text());
      if (!other.has_value() || other->list != element->list) continue;
      if (other->index < element->index) before[other->index].push_back(static_cast<int>(i));
    }
    std::vector<std::vector<int>> elements;
    for (auto& [index, fields] : before) elements.push_back(std::move(fields));
    return elements;
  }

  template <typename Wanted>
  std::vector<int> Where(Wanted wanted) const {
    std::vector<int> places;
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (wanted(fields_[i])) places.push_back(static_cast<int>(i));
    }
    return places;
  }

  const bool is_fact_;
  std::vector<CompiledField>& fields_;
};

bool AnyFilled(absl::Span<const int> places, const FilledFields& filled) {
  return std::any_of(places.begin(), places.end(),
                     [&](int place) { return filled[static_cast<size_t>(place)].has_value(); });
}

}  // namespace

FilledFields Fill(absl::Span<const CompiledField> fields, absl::Span<const Value> row) {
  FilledFields filled;
  filled.reserve(fields.size());
  for (const CompiledField& field : fields) filled.push_back(field.text.Fill(row));
  // What a field waits for waits for nothing itself, unless it is unset anyway.
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].only_with.empty() && !AnyFilled(fields[i].only_with, filled)) filled[i].reset();
  }
  return filled;
}

int MovesUp(const CompiledField& field, const FilledFields& filled) {
  return static_cast<int>(
      std::count_if(field.elements_before.begin(), field.elements_before.end(),
                    [&](const std::vector<int>& element) { return !AnyFilled(element, filled); }));
}

std::vector<CompiledField> CompileFields(const Record& spec,
                                         const google::protobuf::Descriptor& target,
                                         const std::string& where, const Scope& rows,
                                         absl::FunctionRef<const CompiledColumn*(int)> column_at,
                                         MappingFaults& faults) {
  std::vector<CompiledField> fields;
  const auto parse = [&](const std::string& field, absl::string_view text) {
    auto parsed = TextTemplate::Parse(text, rows);
    faults.Take(field, parsed.status());
    return parsed.ok() ? *std::move(parsed) : TextTemplate();
  };
  // A map in order of path, so that element 0 of a repeated field comes before element 1.
  const std::map<std::string, std::string> set(spec.set().begin(), spec.set().end());
  for (const auto& [path, text] : set) {
    const std::string field = absl::StrCat(where, ".set.", path);
    auto resolved = FieldPath::Resolve(target, path);
    faults.Take(field, resolved.status());
    if (!resolved.ok()) continue;
    CompiledField& added = fields.emplace_back(*std::move(resolved), parse(field, text));
    absl::string_view amount = path;
    if (!absl::ConsumeSuffix(&amount, kAmountField)) continue;
    const auto currency = set.find(absl::StrCat(amount, kCurrencyField));
    if (currency != set.end()) added.currency = parse(field, currency->second);
    const int index = added.text.only_column();
    const CompiledColumn* column = index < 0 ? nullptr : column_at(index);
    if (column != nullptr) CheckAmount(*column, field, faults);
  }
  FieldsCompiler(spec, fields).Relate();
  return fields;
}

}  // namespace bellwether::imports
