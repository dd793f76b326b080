#include "services/gateway/webhooks/webhook_facts.h"

#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "services/imports/application/row_facts.h"
#include "services/imports/application/row_values.h"

namespace bellwether::gateway {
namespace {

using Kind = json::Value::Kind;

// Where an event stands between the columns of a rule and the facts made of them.
class EventRow {
 public:
  EventRow(const WebhookSource& source, size_t rule, const json::Value& event)
      : source_(source), rule_(rule), file_(source.mapping.files[rule]), event_(event) {}

  absl::Status AddFacts(absl::Time now, std::vector<events::v1::FactEvent>& facts) {
    const imports::LookUpTables no_tables(source_.mapping.tables);
    imports::CellNotes notes;
    std::vector<imports::CellFault> unreadable = imports::ReadRowValues(
        file_, [this](int column) { return Cell(column); }, no_tables, values_, nullptr, notes);
    faults_.insert(faults_.end(), unreadable.begin(), unreadable.end());
    if (!MayHold(file_.when)) return absl::OkStatus();
    const imports::RowFacts maker(source_.mapping, file_);
    for (const imports::CompiledRecord& record : file_.records) {
      if (!MayHold(record.when)) continue;
      if (!faults_.empty()) return Refusal(faults_.front().status, faults_.front().column);
      events::v1::FactEvent& fact = facts.emplace_back();
      if (record.id.Text(values_).empty()) {
        return Refusal(InvalidArgument("MISSING_ID", "", "the event has nothing to make an id of"),
                       -1);
      }
      if (const auto failed = maker.Make(record, values_, "", now, fact)) {
        return Refusal(failed->status, failed->column);
      }
    }
    return absl::OkStatus();
  }

 private:
  // What cannot be read fails no condition: an event is not passed over because it is faulty.
  bool MayHold(const std::vector<imports::Condition>& conditions) const {
    return absl::c_all_of(conditions, [this](const imports::Condition& condition) {
      return condition.Holds(values_) ||
             absl::c_any_of(faults_, [&](const imports::CellFault& fault) {
               return condition.Tests(fault.column);
             });
    });
  }

  absl::string_view Cell(int column) {
    const json::Value* value = source_.paths[rule_][static_cast<size_t>(column)].Find(event_);
    if (value == nullptr) return "";
    switch (value->kind) {
      case Kind::kNull:
        return "";
      case Kind::kFalse:
        return "false";
      case Kind::kTrue:
        return "true";
      case Kind::kNumber:
      case Kind::kText:
        return value->text;
      case Kind::kList:
      case Kind::kObject:
        break;
    }
    faults_.push_back(
        {column, InvalidArgument("WRONG_TYPE", "", "a list or an object, not a value")});
    return "";
  }

  absl::Status Refusal(const absl::Status& why, int column) const {
    const auto detail = DetailOf(why);
    std::string field = absl::StrCat("rules[", rule_, "]");
    if (column >= 0) {
      absl::StrAppend(&field, ".", file_.columns[static_cast<size_t>(column)].name());
    } else if (detail.has_value() && !detail->field.empty()) {
      absl::StrAppend(&field, ".", detail->field);
    }
    return InvalidArgument(detail.has_value() ? detail->reason : "INVALID", field, why.message(),
                           "X1");
  }

  const WebhookSource& source_;
  const size_t rule_;
  const imports::CompiledFile& file_;
  const json::Value& event_;
  std::vector<imports::Value> values_;
  // Paths that lead to no single value, then cells that cannot be read.
  std::vector<imports::CellFault> faults_;
};

}  // namespace

absl::StatusOr<std::vector<events::v1::FactEvent>> FactsOf(const WebhookSource& source,
                                                           const json::Value& event,
                                                           absl::Time now) {
  std::vector<events::v1::FactEvent> facts;
  for (size_t rule = 0; rule < source.mapping.files.size(); ++rule) {
    RETURN_IF_ERROR(EventRow(source, rule, event).AddFacts(now, facts));
  }
  return facts;
}

}  // namespace bellwether::gateway
