#include "services/imports/application/import_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/money.pb.h"
#include "common/base/status.h"
#include "services/imports/application/record_rules.h"
#include "services/imports/application/record_stage.h"
#include "services/imports/application/row_records.h"
#include "services/imports/application/table_rows.h"

namespace bellwether::imports {
namespace {

void NoteTimes(google::protobuf::Message& message, absl::Time& last) {
  ForEachTimestamp(message, [&](google::protobuf::Message& timestamp) {
    last = std::max(last, ToTime(timestamp));
  });
}

// An account named in many rows is a customer since the earliest of them.
void MergeAccounts(StagedRecord& kept, const StagedRecord& other) {
  if (kept.kind != imports::v1::RECORD_KIND_ACCOUNT || kept.message == other.message) return;
  accounts::v1::CreateAccountRequest first;
  accounts::v1::CreateAccountRequest second;
  first.ParseFromString(kept.message);
  second.ParseFromString(other.message);
  if (!second.account().has_customer_since()) return;
  const auto& since = second.account().customer_since();
  if (first.account().has_customer_since() &&
      ToTime(first.account().customer_since()) <= ToTime(since)) {
    return;
  }
  *first.mutable_account()->mutable_customer_since() = since;
  kept.message = first.SerializeAsString();
}

absl::Status CheckShapes(const CompiledMapping& mapping, const PlanOptions& options) {
  for (const CompiledFile& file : mapping.files) {
    const bool by_content = file.key_columns.empty() && !file.grouped();
    const bool named_by_row =
        by_content && absl::c_any_of(file.records, [](const CompiledRecord& record) {
          return record.spec->kind() == imports::v1::RECORD_KIND_FACT && record.id.empty();
        });
    if (!named_by_row) continue;
    const std::string& file_id = file.spec->file_id();
    const std::string before = options.ledger->ShapeOf(file_id);
    if (!before.empty() && before != file.identity_shape && !options.accept_new_identity) {
      return FailedPrecondition(
          "IDENTITY_CHANGED", file_id,
          absl::StrCat(
              "the rows of \"", file_id,
              "\" have no key: they are told apart by the columns that the mapping declares, and "
              "an "
              "import before told them apart by others, so that every row would count again. "
              "Name the columns of before as identity_columns; or say --new-identity when these "
              "rows are new things"));
    }
    options.ledger->SetShape(file_id, file.identity_shape);
  }
  return absl::OkStatus();
}

// Amounts by field and currency.
void AddAmounts(const events::v1::FactEvent& event, absl::TimeZone zone, const PlanOptions& options,
                ImportPlan& plan) {
  const google::protobuf::Message& fact = event.fact();
  std::vector<const google::protobuf::FieldDescriptor*> kinds;
  fact.GetReflection()->ListFields(fact, &kinds);
  if (kinds.empty()) return;
  const auto& kind = fact.GetReflection()->GetMessage(fact, kinds.front());
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  kind.GetReflection()->ListFields(kind, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE ||
        field->message_type() != type::v1::Money::descriptor()) {
      continue;
    }
    const auto& money =
        static_cast<const type::v1::Money&>(kind.GetReflection()->GetMessage(kind, field));
    AmountTotal& total = plan.amounts[{absl::StrCat(kinds.front()->name(), ".", field->name()),
                                       money.currency_code()}];
    ++total.facts;
    total.minor += money.amount_minor();
    if (options.rates == nullptr) continue;
    const absl::CivilDay day = absl::ToCivilDay(ToTime(event.time()), zone);
    const auto base = options.rates->Convert(day, money.currency_code(), money.amount_minor());
    if (base.ok()) total.base_minor += *base;
    total.converted = total.converted && base.ok();
  }
}

absl::Status TakeRecord(const StagedRecord& record, absl::TimeZone zone, const PlanOptions& options,
                        ImportPlan& plan) {
  switch (record.kind) {
    case imports::v1::RECORD_KIND_ACCOUNT: {
      accounts::v1::CreateAccountRequest request;
      request.ParseFromString(record.message);
      NoteTimes(request, plan.last_time);
      return plan.accounts.Add(request, record.place);
    }
    case imports::v1::RECORD_KIND_OPPORTUNITY: {
      opportunities::v1::CreateOpportunityRequest request;
      request.ParseFromString(record.message);
      return AddOpportunity(std::move(request), record.place, plan);
    }
    default: {
      events::v1::FactEvent event;
      event.ParseFromString(record.message);
      AddAmounts(event, zone, options, plan);
      NoteTimes(event, plan.last_time);
      return plan.facts.Add(event, record.place);
    }
  }
}

}  // namespace

absl::StatusOr<ImportPlan> BuildPlan(const CompiledMapping& mapping, const Tables& tables,
                                     const PlanOptions& options) {
  RETURN_IF_ERROR(CheckShapes(mapping, options));
  ImportPlan plan;
  plan.amounts_go_by_day = options.rates != nullptr && options.rates->GoesByDay();
  LookUpTables look_ups(mapping.tables);
  const RecordRules rules(*mapping.spec, options.now);
  RecordStage stage(plan.rows, *options.ledger);
  for (size_t i = 0; i < mapping.files.size(); ++i) {
    const CompiledFile& file = mapping.files[i];
    TableRows rows(file, look_ups, plan.rows, plan.notes);
    RETURN_IF_ERROR(rows.Read(tables));
    RowRecords records(mapping, file, rules, options.now, plan.rows, stage);
    RETURN_IF_ERROR(rows.ForEach([&](const Thing& thing) -> absl::Status {
      std::string key;
      if (file.grouped()) {
        for (size_t k = 0; k < file.group_by.size(); ++k)
          AppendKeyPart(thing.values[k].Text(), key);
      } else {
        for (const int column : file.key_columns) AppendKeyPart(thing.values[column].Text(), key);
      }
      RETURN_IF_ERROR(look_ups.Add(static_cast<int>(i), key, thing.values));
      return records.Make(thing);
    }));
  }
  RETURN_IF_ERROR(stage.ForEach(MergeAccounts, [&](const StagedRecord& record) {
    return TakeRecord(record, mapping.zone, options, plan);
  }));
  RETURN_IF_ERROR(plan.accounts.Sort());
  RETURN_IF_ERROR(plan.opportunities.Sort());
  RETURN_IF_ERROR(plan.facts.Sort());
  return plan;
}

absl::Status AddOpportunity(opportunities::v1::CreateOpportunityRequest request,
                            const RowPlace& place, ImportPlan& plan) {
  NoteTimes(request, plan.last_time);
  const opportunities::v1::Opportunity& opportunity = request.opportunity();
  OpportunityTotal& total = plan.opportunity_states[opportunity.state()];
  ++total.count;
  const type::v1::Money& amount = opportunity.amount();
  if (amount.amount_minor() != 0) total.minor[amount.currency_code()] += amount.amount_minor();
  if (opportunity.account().empty()) ++plan.leads;
  const absl::Time happened = HappenedAt(opportunity).value_or(absl::InfiniteFuture());
  return plan.opportunities.Add(request, absl::ToUnixMicros(happened), place);
}

std::optional<absl::Time> HappenedAt(const opportunities::v1::Opportunity& opportunity) {
  if (opportunity.has_close_time()) return ToTime(opportunity.close_time());
  if (opportunity.has_engage_time()) return ToTime(opportunity.engage_time());
  return std::nullopt;
}

void ShiftDays(ImportPlan& plan, int64_t days) {
  plan.accounts.ShiftDays(days);
  plan.opportunities.ShiftDays(days);
  plan.facts.ShiftDays(days);
  plan.last_time += absl::Hours(24 * days);
  if (days == 0 || !plan.amounts_go_by_day) return;
  for (auto& [field, total] : plan.amounts) total.converted = false;
}

int64_t DaysToNow(const ImportPlan& plan, absl::Time now) {
  if (plan.last_time == absl::InfinitePast()) return 0;
  return absl::Floor(now - plan.last_time, absl::Hours(24)) / absl::Hours(24);
}

}  // namespace bellwether::imports
