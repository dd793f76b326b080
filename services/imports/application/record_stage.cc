#include "services/imports/application/record_stage.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {
namespace {

constexpr int64_t kFirst = 1;
constexpr int64_t kLast = 2;

std::string KeyOf(const StagedRecord& record) {
  std::string key(1, static_cast<char>(record.kind));
  AppendSortable(static_cast<int64_t>(Fingerprint64(record.id, 0)), key);
  AppendSortable(static_cast<int64_t>(Fingerprint64(record.id, 1)), key);
  return key;
}

std::string Bytes(const StagedRecord& record) {
  std::string bytes;
  AppendInteger((record.first_of_id ? kFirst : 0) | (record.last_of_id ? kLast : 0), bytes);
  AppendInteger(record.place.file, bytes);
  AppendInteger(record.place.line, bytes);
  AppendInteger(record.rows, bytes);
  for (const std::string* text :
       {&record.id, &record.name, &record.account_id, &record.account_name, &record.message}) {
    AppendText(*text, bytes);
  }
  return bytes;
}

StagedRecord Parse(absl::string_view key, absl::string_view bytes) {
  StagedRecord record;
  record.kind = static_cast<imports::v1::RecordKind>(key.front());
  const int64_t flags = TakeInteger(bytes);
  record.first_of_id = (flags & kFirst) != 0;
  record.last_of_id = (flags & kLast) != 0;
  record.place.file = static_cast<int>(TakeInteger(bytes));
  record.place.line = TakeInteger(bytes);
  record.rows = TakeInteger(bytes);
  for (std::string* text :
       {&record.id, &record.name, &record.account_id, &record.account_name, &record.message}) {
    *text = std::string(TakeText(bytes));
  }
  return record;
}

bool IsFact(const StagedRecord& record) { return record.kind == imports::v1::RECORD_KIND_FACT; }

}  // namespace

absl::Status RecordStage::Add(const StagedRecord& record) {
  // Rows in the order of tables and lines, records of one row as the mapping has them.
  std::string key = KeyOf(record);
  AppendSortable(record.place.file, key);
  AppendSortable(record.place.line, key);
  AppendSortable(added_++, key);
  return spill_.Add(key, Bytes(record));
}

absl::Status RecordStage::ForEach(
    absl::FunctionRef<void(StagedRecord& kept, const StagedRecord& other)> merge,
    absl::FunctionRef<absl::Status(const StagedRecord&)> take) {
  RETURN_IF_ERROR(spill_.Sort());
  std::optional<StagedRecord> kept;
  absl::string_view key;
  absl::string_view bytes;
  while (spill_.Next(key, bytes)) {
    StagedRecord record = Parse(key, bytes);
    if (!kept.has_value() || kept->kind != record.kind || kept->id != record.id) {
      if (kept.has_value()) RETURN_IF_ERROR(Finish(*std::move(kept), take));
      kept = std::move(record);
      continue;
    }
    if (record.name != kept->name) {
      if (IsFact(record)) {
        Refuse(record, "FACT_OF_ANOTHER_ACCOUNT",
               absl::StrCat("fact ", record.id, " is one of account ", kept->name,
                            " in a row before, of ", record.name, " here"));
      } else {
        Refuse(record, "ID_COLLISION",
               absl::StrCat("\"", record.name, "\" and \"", kept->name, "\" both make id ",
                            record.id));
      }
    } else if (record.first_of_id) {
      merge(*kept, record);
      if (IsFact(record)) accounts_.DuplicateMade(record.place, record.rows);
    } else if (record.last_of_id) {
      if (IsFact(record)) accounts_.DuplicateMade(kept->place, kept->rows);
      merge(record, *kept);
      kept = std::move(record);
    } else if (record.message == kept->message) {
      accounts_.DuplicateMade(record.place, record.rows);
    } else {
      Refuse(record, "DUPLICATE_ID",
             absl::StrCat("a row before made id ", record.id, " and says something else"));
    }
  }
  if (kept.has_value()) RETURN_IF_ERROR(Finish(*std::move(kept), take));
  return spill_.status();
}

absl::Status RecordStage::Finish(StagedRecord record,
                                 absl::FunctionRef<absl::Status(const StagedRecord&)> take) {
  return Claims(record) ? take(record) : absl::OkStatus();
}

bool RecordStage::Claims(const StagedRecord& record) {
  if (IsFact(record)) {
    const auto named = named_accounts_.find(Fingerprint64(record.account_id));
    if (named != named_accounts_.end() && named->second != Fingerprint64(record.account_name)) {
      Refuse(record, "ID_COLLISION",
             absl::StrCat("account ", record.account_id, " is another than \"", record.account_name,
                          "\""));
      return false;
    }
  }
  if (ledger_.Claim(record.kind, record.id, record.name)) {
    if (record.kind == imports::v1::RECORD_KIND_ACCOUNT &&
        named_accounts_.size() < kNamedAccountsMax) {
      named_accounts_.emplace(Fingerprint64(record.id), Fingerprint64(record.name));
    }
    return true;
  }
  if (IsFact(record)) {
    Refuse(record, "FACT_OF_ANOTHER_ACCOUNT",
           absl::StrCat("fact ", record.id, " was one of another account than ", record.name,
                        " in an import before: withdraw that import, or name the fact otherwise"));
    return false;
  }
  if (record.kind == imports::v1::RECORD_KIND_ACCOUNT) {
    named_accounts_.emplace(Fingerprint64(record.id), 0);  // facts follow their account
  }
  Refuse(record, "ID_COLLISION",
         absl::StrCat("\"", record.name, "\" makes id ", record.id,
                      ", which an import before made of another name"));
  return false;
}

void RecordStage::Refuse(const StagedRecord& record, const char* reason, std::string message) {
  accounts_.RefuseMade(record.place, {record.place.line, 0, "", reason, std::move(message)},
                       record.rows);
}

}  // namespace bellwether::imports
