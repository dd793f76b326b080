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

std::optional<RowFault> RowRecords::MakeRecord(const CompiledRecord& record, const Thing& thing,
                                               StagedRecord& made) const {
  made.kind = record.spec->kind();
  made.first_of_id = record.spec->first_of_id();
  made.last_of_id = record.spec->last_of_id();
  made.place = thing.place;
  made.rows = thing.rows;
  if (made.kind == imports::v1::RECORD_KIND_FACT) return MakeFact(record, thing, made);
  made.id = record.id.Text(thing.values);
  made.name = record.id.Text(thing.values, /*raw=*/true);
  if (!IsValidId(made.id)) return RowFault{BadId(made.id)};
  const std::string request_id =
      ContentHash(absl::StrCat(mapping_.spec->mapping_id(), "\x1f", file_.spec->file_id(), "\x1f",
                               made.kind, "\x1f", made.id));
  absl::Status judged;
  if (made.kind == imports::v1::RECORD_KIND_ACCOUNT) {
    accounts::v1::CreateAccountRequest request;
    request.set_account_id(made.id);
    request.set_request_id(request_id);
    if (auto fault = facts_.SetAll(record, thing.values, *request.mutable_account())) return fault;
    judged = rules_.Check(request);
    made.message = request.SerializeAsString();
  } else {
    opportunities::v1::CreateOpportunityRequest request;
    request.set_opportunity_id(made.id);
    request.set_request_id(request_id);
    if (auto fault = facts_.SetAll(record, thing.values, *request.mutable_opportunity()))
      return fault;
    judged = rules_.Check(request);
    made.message = request.SerializeAsString();
  }
  if (!judged.ok()) return RowFault{judged};
  return std::nullopt;
}

std::optional<RowFault> RowRecords::MakeFact(const CompiledRecord& record, const Thing& thing,
                                             StagedRecord& made) const {
  events::v1::FactEvent event;
  if (auto fault =
          facts_.Make(record, thing.values,
                      absl::StrCat(file_.spec->file_id(), "-", record.name, "-", thing.identity),
                      now_, event)) {
    return fault;
  }
  if (const absl::Status judged = rules_.Check(event); !judged.ok()) {
    return RowFault{judged, DetailOf(judged)->field == "time" ? record.time_column : -1};
  }
  made.id = event.id();
  made.account_id = event.account_id();
  made.account_name = record.account_id.Text(thing.values, /*raw=*/true);
  made.name = made.account_id;
  made.message = event.SerializeAsString();
  return std::nullopt;
}

void RowRecords::Refuse(const Thing& thing, const RowFault& fault) {
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
