#include "services/imports/application/aggregate.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;

const imports::v1::Aggregate& SpecOf(const Column& column) {
  switch (column.made_case()) {
    case Column::kTotal:
      return column.total();
    case Column::kCount:
      return column.count();
    case Column::kFirst:
      return column.first();
    case Column::kLast:
      return column.last();
    case Column::kLeast:
      return column.least();
    case Column::kGreatest:
      return column.greatest();
    default:
      return column.only();
  }
}

bool Before(const Value& a, const Value& b) {
  if (a.kind == Value::Kind::kNumber) return Less(a.number, b.number);
  if (a.kind == Value::Kind::kTime) return a.time < b.time;
  return a.text < b.text;
}

}  // namespace

std::shared_ptr<const Aggregate> Aggregate::Compile(const Column& column, const Scope& rows,
                                                    const std::string& field,
                                                    MappingFaults& faults) {
  const imports::v1::Aggregate& spec = SpecOf(column);
  auto aggregate = std::make_shared<Aggregate>();
  aggregate->made_ = column.made_case();
  const bool counts = column.made_case() == Column::kCount;
  if (!spec.of().empty()) {
    aggregate->of_ = rows.Need(spec.of(), field, faults);
  } else if (!counts) {
    faults.Add(field, "of must name a column");
  }
  if (column.made_case() == Column::kTotal && aggregate->of_ >= 0 &&
      rows.KindOf(aggregate->of_) != imports::v1::COLUMN_KIND_NUMBER) {
    faults.Add(field, absl::StrCat("column \"", spec.of(), "\" is no NUMBER"));
  }
  if (!spec.by().empty()) {
    if (column.made_case() != Column::kFirst && column.made_case() != Column::kLast) {
      faults.Add(field, "by is for first and last");
    }
    aggregate->by_ = rows.Need(spec.by(), field, faults);
  }
  for (int i = 0; i < spec.where_size(); ++i) {
    aggregate->where_.push_back(
        Condition::Compile(spec.where(i), rows, absl::StrCat(field, ".where[", i, "]"), faults));
  }
  aggregate->name_ = spec.of();
  return aggregate;
}

absl::Status Aggregate::Take(absl::Span<const Value> row, Gathered& gathered) const {
  if (FirstFailing(where_, row) != nullptr) return absl::OkStatus();
  // Empty cells say nothing.
  if (of_ >= 0 && row[of_].empty()) return absl::OkStatus();
  if (by_ >= 0 && row[by_].empty()) return absl::OkStatus();
  const bool first = gathered.count++ == 0;
  if (of_ < 0) return absl::OkStatus();
  const Value& value = row[of_];
  bool takes = first;
  switch (made_) {
    case Column::kTotal: {
      if (first) break;
      ASSIGN_OR_RETURN(gathered.value.number, Sum(gathered.value.number, value.number));
      break;
    }
    case Column::kFirst:
      takes = first || (by_ >= 0 && Before(row[by_], gathered.by));
      break;
    case Column::kLast:
      takes = first || by_ < 0 || !Before(row[by_], gathered.by);
      break;
    case Column::kLeast:
      takes = first || Before(value, gathered.value);
      break;
    case Column::kGreatest:
      takes = first || Before(gathered.value, value);
      break;
    case Column::kOnly:
      gathered.disagree = gathered.disagree || (!first && gathered.value.Text() != value.Text());
      break;
    default:
      break;
  }
  if (!takes) return absl::OkStatus();
  gathered.value = value;
  if (by_ >= 0) gathered.by = row[by_];
  return absl::OkStatus();
}

absl::StatusOr<Value> Aggregate::Of(const Gathered& gathered) const {
  if (made_ == Column::kCount) return Value::OfNumber(ExactNumber::Of(gathered.count));
  if (gathered.disagree) {
    return InvalidArgument("ROWS_DISAGREE", "",
                           absl::StrCat("the rows of the group do not say the same ", name_));
  }
  return gathered.value;
}

}  // namespace bellwether::imports
