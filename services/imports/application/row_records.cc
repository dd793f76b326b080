#include "services/imports/application/row_records.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {
namespace {

absl::Status BadId(absl::string_view text) {
  return InvalidArgument("BAD_ID", "", absl::StrCat("\"", text, "\" cannot be an id"));
}

// The instant of a day that has not come to its hour yet is now; that of any other time is its own.
absl::Time NotAhead(const Value& value, absl::Time now, absl::TimeZone zone) {
  const bool today =
      value.date_only && absl::ToCivilDay(value.time, zone) == absl::ToCivilDay(now, zone);
  return today && value.time > now ? absl::FromUnixSeconds(absl::ToUnixSeconds(now)) : value.time;
}

}  // namespace

absl::Status RowRecords::Make(const Thing& thing) {
  std::vector<StagedRecord> made;
  const Condition* failing = nullptr;
  for (const CompiledRecord& record : file_.records) {
    if (const Condition* condition = FirstFailing(record.when, thing.values)) {
      failing = condition;
      continue;
    }
    if (const auto fault = MakeRecord(record, thing, made.emplace_back())) {
      Refuse(thing, *fault);
      return absl::OkStatus();
    }
  }
  if (made.empty() && failing != nullptr) {
    accounts_.Skip(thing.place, failing->label(), thing.rows);
    return absl::OkStatus();
  }
  accounts_.Made(thing.place, thing.rows);
  for (const StagedRecord& record : made) RETURN_IF_ERROR(stage_.Add(record));
  return absl::OkStatus();
}

std::optional<RowRecords::Fault> RowRecords::MakeRecord(const CompiledRecord& record,
                                                        const Thing& thing,
                                                        StagedRecord& made) const {
  made.kind = record.spec->kind();
  made.first_of_id = record.spec->first_of_id();
  made.last_of_id = record.spec->last_of_id();
  made.place = thing.place;
  made.rows = thing.rows;
  if (made.kind == imports::v1::RECORD_KIND_FACT) return MakeFact(record, thing, made);
  made.id = record.id.Text(thing.values);
  made.name = record.id.Text(thing.values, /*raw=*/true);
  if (!IsValidId(made.id)) return Fault{BadId(made.id)};
  const std::string request_id =
      ContentHash(absl::StrCat(mapping_.spec->mapping_id(), "\x1f", file_.spec->file_id(), "\x1f",
                               made.kind, "\x1f", made.id));
  absl::Status judged;
  if (made.kind == imports::v1::RECORD_KIND_ACCOUNT) {
    accounts::v1::CreateAccountRequest request;
    request.set_account_id(made.id);
    request.set_request_id(request_id);
    if (auto fault = SetAll(record, thing, *request.mutable_account())) return fault;
    judged = rules_.Check(request);
    made.message = request.SerializeAsString();
  } else {
    opportunities::v1::CreateOpportunityRequest request;
    request.set_opportunity_id(made.id);
    request.set_request_id(request_id);
    if (auto fault = SetAll(record, thing, *request.mutable_opportunity())) return fault;
    judged = rules_.Check(request);
    made.message = request.SerializeAsString();
  }
  if (!judged.ok()) return Fault{judged};
  return std::nullopt;
}

std::optional<RowRecords::Fault> RowRecords::MakeFact(const CompiledRecord& record,
                                                      const Thing& thing,
                                                      StagedRecord& made) const {
  const std::string id = record.id.Text(thing.values);
  made.id = AsFactId(
      id.empty() ? absl::StrCat(file_.spec->file_id(), "-", record.name, "-", thing.identity) : id);
  made.account_id = record.account_id.Text(thing.values);
  made.account_name = record.account_id.Text(thing.values, /*raw=*/true);
  made.name = made.account_id;
  if (!IsValidId(made.account_id)) return Fault{BadId(made.account_id)};
  const Value& time = thing.values[record.time_column];
  if (time.empty()) {
    return Fault{InvalidArgument("MISSING_VALUE", "", "the fact has no time"), record.time_column};
  }
  events::v1::FactEvent event;
  event.set_id(made.id);
  event.set_source(mapping_.spec->source());
  event.set_account_id(made.account_id);
  SetTime(*event.mutable_time(), NotAhead(time, now_, mapping_.zone));
  if (auto fault = SetAll(record, thing, *event.mutable_fact())) return fault;
  event.mutable_fact()->set_date_only(time.date_only);
  event.mutable_fact()->set_stated(Stated(record, thing));
  if (const absl::Status judged = rules_.Check(event); !judged.ok()) {
    return Fault{judged, DetailOf(judged)->field == "time" ? record.time_column : -1};
  }
  made.message = event.SerializeAsString();
  return std::nullopt;
}

std::string RowRecords::Stated(const CompiledRecord& record, const Thing& thing) {
  std::string said;
  for (const CompiledField& field : record.set) {
    const std::optional<Value> filled = field.text.Fill(thing.values);
    if (!filled.has_value()) continue;
    AppendText(field.path.text(), said);
    AppendText(filled->Text(), said);
  }
  AppendText(thing.values[record.time_column].Text(), said);
  return ContentHash(said);
}

std::optional<RowRecords::Fault> RowRecords::SetAll(const CompiledRecord& record,
                                                    const Thing& thing,
                                                    google::protobuf::Message& message) const {
  const FilledFields filled = Fill(record.set, thing.values);
  for (size_t i = 0; i < record.set.size(); ++i) {
    const CompiledField& field = record.set[i];
    if (!filled[i].has_value()) continue;
    const auto value = ValueOf(field, *filled[i], thing.values);
    const absl::Status status =
        value.ok() ? field.path.Set(message, *value, MovesUp(field, filled)) : value.status();
    if (!status.ok()) return Fault{status, field.text.only_column()};
  }
  return std::nullopt;
}

absl::StatusOr<FieldValue> RowRecords::ValueOf(const CompiledField& field, const Value& value,
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

void RowRecords::Refuse(const Thing& thing, const Fault& fault) {
  const auto detail = DetailOf(fault.status);
  RowProblem problem{thing.place.line, 0, "", detail.has_value() ? detail->reason : "INVALID",
                     std::string(fault.status.message())};
  if (detail.has_value() && !detail->field.empty() && fault.column < 0) {
    problem.message = absl::StrCat(detail->field, ": ", problem.message);
  }
  if (fault.column >= 0) {
    problem.column = file_.column_at(fault.column).name();
    if (!file_.grouped()) {
      // The cell, or the one that the column was made from.
      int origin = fault.column;
      while (origin >= 0 && !file_.columns[origin].of_file()) origin = file_.columns[origin].from();
      if (origin >= 0) problem.position = thing.positions[origin];
    }
  }
  accounts_.Refuse(thing.place.file, problem, thing.rows);
}

}  // namespace bellwether::imports
