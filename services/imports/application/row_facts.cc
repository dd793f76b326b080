#include "services/imports/application/row_facts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {
namespace {

// The instant of a day that has not come to its hour yet is now; that of any other time is its own.
absl::Time NotAhead(const Value& value, absl::Time now, absl::TimeZone zone) {
  const bool today =
      value.date_only && absl::ToCivilDay(value.time, zone) == absl::ToCivilDay(now, zone);
  return today && value.time > now ? absl::FromUnixSeconds(absl::ToUnixSeconds(now)) : value.time;
}

}  // namespace

std::optional<RowFault> RowFacts::Make(const CompiledRecord& record, absl::Span<const Value> values,
                                       absl::string_view unnamed_id, absl::Time now,
                                       events::v1::FactEvent& event) const {
  const std::string id = record.id.Text(values);
  event.set_id(AsFactId(id.empty() ? unnamed_id : id));
  event.set_account_id(record.account_id.Text(values));
  if (!IsValidId(event.account_id())) {
    return RowFault{InvalidArgument("BAD_ID", "",
                                    absl::StrCat("\"", event.account_id(), "\" cannot be an id"))};
  }
  const Value& time = values[record.time_column];
  if (time.empty()) {
    return RowFault{InvalidArgument("MISSING_VALUE", "", "the fact has no time"),
                    record.time_column};
  }
  event.set_source(mapping_.spec->source());
  SetTime(*event.mutable_time(), NotAhead(time, now, mapping_.zone));
  if (auto fault = SetAll(record, values, *event.mutable_fact())) return fault;
  event.mutable_fact()->set_date_only(time.date_only);
  event.mutable_fact()->set_stated(Stated(record, values));
  return std::nullopt;
}

std::string RowFacts::Stated(const CompiledRecord& record, absl::Span<const Value> values) {
  std::string said;
  for (const CompiledField& field : record.set) {
    const std::optional<Value> filled = field.text.Fill(values);
    if (!filled.has_value()) continue;
    AppendText(field.path.text(), said);
    AppendText(filled->Text(), said);
  }
  AppendText(values[record.time_column].Text(), said);
  return ContentHash(said);
}

std::optional<RowFault> RowFacts::SetAll(const CompiledRecord& record,
                                         absl::Span<const Value> values,
                                         google::protobuf::Message& message) const {
  const FilledFields filled = Fill(record.set, values);
  for (size_t i = 0; i < record.set.size(); ++i) {
    const CompiledField& field = record.set[i];
    if (!filled[i].has_value()) continue;
    const auto value = ValueOf(field, *filled[i], values);
    const absl::Status status =
        value.ok() ? field.path.Set(message, *value, MovesUp(field, filled)) : value.status();
    if (!status.ok()) return RowFault{status, field.text.only_column()};
  }
  return std::nullopt;
}

absl::StatusOr<FieldValue> RowFacts::ValueOf(const CompiledField& field, const Value& value,
                                             absl::Span<const Value> row) const {
  if (value.kind == Value::Kind::kTime) return FieldValue(value.time);
  if (value.kind != Value::Kind::kNumber || !field.path.takes_integer()) {
    return FieldValue(value.Text());
  }
  const CompiledColumn& column = file_.column_at(field.text.only_column());
  std::string currency = column.CurrencyOf(row);
  if (currency.empty() && field.currency.has_value()) currency = field.currency->Text(row);
  ASSIGN_OR_RETURN(const int64_t whole, ToWhole(value.number,
                                                field.currency.has_value() || column.is_amount()
                                                    ? column.ScaleFor(currency)
                                                    : column.spec().scale(),
                                                column.rounding()));
  return FieldValue(whole);
}

}  // namespace bellwether::imports
