// Spans between times, and times of a date and a time of day.
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/imports/application/expression.h"
#include "services/imports/domain/time_style.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;

int NeedTime(const std::string& name, ExpressionContext& context) {
  const int column = context.scope.Need(name, context.field, context.faults);
  if (column >= 0 && context.scope.KindOf(column) != imports::v1::COLUMN_KIND_TIME) {
    context.faults.Add(context.field, absl::StrCat("column \"", name, "\" is no TIME"));
  }
  return column;
}

// Whole seconds, fractions dropped; negative where `to` is the earlier.
class SecondsBetween : public Expression {
 public:
  SecondsBetween(const imports::v1::Span& span, ExpressionContext& context)
      : from_(NeedTime(span.from(), context)), to_(NeedTime(span.to(), context)) {}

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    if (row[from_].empty() || row[to_].empty()) return Value();
    return Value::OfNumber(ExactNumber::Of(absl::ToInt64Seconds(row[to_].time - row[from_].time)));
  }

 private:
  const int from_;
  const int to_;
};

// Local time of the mapping's zone.
class DateWithTime : public Expression {
 public:
  DateWithTime(const imports::v1::DateAndTime& spec, ExpressionContext& context)
      : date_(NeedTime(spec.date(), context)),
        time_(context.scope.Need(spec.time(), context.field, context.faults)),
        zone_(context.scope.zone()) {}

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    if (row[date_].empty() || row[time_].empty()) return Value();
    int64_t seconds = 0;
    if (row[time_].kind == Value::Kind::kTime) {
      const absl::CivilSecond civil = absl::ToCivilSecond(row[time_].time, zone_);
      seconds = civil - absl::CivilSecond(absl::CivilDay(civil));
    } else {
      ASSIGN_OR_RETURN(seconds, ParseTimeOfDay(row[time_].Text()));
    }
    const absl::CivilDay day = absl::ToCivilDay(row[date_].time, zone_);
    ASSIGN_OR_RETURN(const ParsedTime parsed, AtTimeOfDay(day, seconds, zone_));
    Value value;
    value.kind = Value::Kind::kTime;
    value.time = parsed.time;
    value.text = absl::FormatCivilTime(absl::CivilSecond(day) + seconds);
    return value;
  }

 private:
  const int date_;
  const int time_;
  const absl::TimeZone zone_;
};

class TimeAfterTime : public Expression {
 public:
  TimeAfterTime(const imports::v1::TimeAfter& spec, ExpressionContext& context)
      : time_(NeedTime(spec.time(), context)),
        seconds_(context.scope.Need(spec.seconds(), context.field, context.faults)),
        zone_(context.scope.zone()) {
    if (seconds_ >= 0 && context.scope.KindOf(seconds_) != imports::v1::COLUMN_KIND_NUMBER) {
      context.faults.Add(context.field,
                         absl::StrCat("column \"", spec.seconds(), "\" is no NUMBER"));
    }
  }

  absl::StatusOr<Value> Evaluate(absl::Span<const Value> row, const LookUpTables&) const override {
    if (row[time_].empty() || row[seconds_].empty()) return Value();
    ASSIGN_OR_RETURN(const int64_t seconds, ToWhole(row[seconds_].number, 0, Rounding::kHalfAway));
    Value value;
    value.kind = Value::Kind::kTime;
    value.time = row[time_].time + absl::Seconds(seconds);
    value.text = absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*S", value.time, zone_);
    return value;
  }

 private:
  const int time_;
  const int seconds_;
  const absl::TimeZone zone_;
};

}  // namespace

std::unique_ptr<const Expression> CompileTimeExpression(const Column& column,
                                                        ExpressionContext& context) {
  switch (column.made_case()) {
    case Column::kSecondsBetween:
      return std::make_unique<SecondsBetween>(column.seconds_between(), context);
    case Column::kDateAndTime:
      return std::make_unique<DateWithTime>(column.date_and_time(), context);
    case Column::kTimeAfter:
      return std::make_unique<TimeAfterTime>(column.time_after(), context);
    default:
      return nullptr;
  }
}

}  // namespace bellwether::imports
