// A column of a mapping, made ready to read cells with.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_COLUMN_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_COLUMN_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bellwether/imports/v1/mapping.pb.h"
#include "services/imports/application/aggregate.h"
#include "services/imports/application/expression.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/value.h"
#include "services/imports/domain/number_style.h"
#include "services/imports/domain/time_style.h"

namespace bellwether::imports {

// What was done to a row's cells that the report names.
struct CellNotes {
  std::vector<std::string> aliases;  // "sector: \"technolgy\" read as \"technology\""
  std::vector<int> cleaned;          // columns
  std::vector<int> repeated_times;
};

// Immutable. The pointers inside are into the mapping.
class CompiledColumn {
 public:
  static CompiledColumn Compile(const imports::v1::Column& spec,
                                const imports::v1::Mapping& mapping, const Scope& before,
                                const Scope& file, TableDirectory& tables, const std::string& field,
                                MappingFaults& faults);

  const imports::v1::Column& spec() const { return *spec_; }
  const std::string& name() const { return spec_->name(); }
  // A cell of the file; else made from another column, computed, or of a group's rows.
  bool of_file() const { return from_ < 0 && expression_ == nullptr && aggregate_ == nullptr; }
  int from() const { return from_; }
  const Expression* expression() const { return expression_.get(); }
  const Aggregate* aggregate() const { return aggregate_.get(); }
  // Columns whose value it needs although they may be declared after it.
  bool needs_currency_column() const { return currency_column_ >= 0; }

  // What `text` says in this column. `written` gets what identifies the cell, before aliases and
  // vocabulary: a mapping may learn of them later. INVALID_ARGUMENT with the reason of the fault.
  absl::Status ReadText(absl::string_view text, int index, absl::Span<const Value> row,
                        const LookUpTables& tables, Value& value, std::string* written,
                        CellNotes& notes) const;
  // The same of a computed value.
  absl::Status ReadValue(const Value& computed, int index, absl::Span<const Value> row,
                         const LookUpTables& tables, Value& value, CellNotes& notes) const;

  // The power of ten that makes the number one of a field: that of an amount follows `currency`.
  int ScaleFor(absl::string_view currency) const;
  // Of the column itself; empty where it is none, or an amount of another column's currency.
  std::string CurrencyOf(absl::Span<const Value> row) const;
  bool is_amount() const { return !currency_.empty() || currency_column_ >= 0; }
  Rounding rounding() const { return rounding_; }

 private:
  absl::Status Convert(std::string text, int index, absl::Span<const Value> row, Value& value,
                       CellNotes& notes) const;
  absl::Status Finish(const ExactNumber& number, absl::Span<const Value> row, Value& value) const;
  absl::Status MakeTime(absl::string_view text, int index, Value& value, CellNotes& notes) const;

  const imports::v1::Column* spec_ = nullptr;
  int from_ = -1;
  std::shared_ptr<const Expression> expression_;
  std::shared_ptr<const Aggregate> aggregate_;
  absl::flat_hash_set<std::string> missing_;
  NumberStyle number_style_;
  TimeStyle time_style_;
  Rounding rounding_ = Rounding::kExact;
  // Decimals a number may have; −1: any.
  int decimals_ = -1;
  int scale_ = 0;
  std::string currency_;
  int currency_column_ = -1;
  int reference_table_ = -1;
  int reference_column_ = -1;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_COLUMN_H_
