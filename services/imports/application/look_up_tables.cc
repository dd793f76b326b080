#include "services/imports/application/look_up_tables.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

constexpr size_t kEntryOverheadBytes = 64;
constexpr char kKeySeparator = '\x1f';

}  // namespace

void AppendKeyPart(absl::string_view text, std::string& key) {
  if (!key.empty()) key.push_back(kKeySeparator);
  absl::StrAppend(&key, text);
}

void TableDirectory::AddTable(const std::string& file_id, const Scope& scope,
                              std::vector<std::string> key) {
  tables_.push_back({file_id, scope.names(), std::move(key)});
}

int TableDirectory::Find(absl::string_view file_id) const {
  const auto found =
      absl::c_find_if(tables_, [&](const Table& table) { return table.file_id == file_id; });
  return found == tables_.end() ? -1 : static_cast<int>(found - tables_.begin());
}

int TableDirectory::FindColumn(int table, absl::string_view column) const {
  const auto& columns = tables_[table].columns;
  const auto found = absl::c_find(columns, column);
  return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
}

void TableDirectory::NeedValues(int table, int column) {
  if (!absl::c_linear_search(values_, std::pair(table, column)))
    values_.emplace_back(table, column);
}

void TableDirectory::NeedByKey(int table, int column) {
  if (!absl::c_linear_search(by_key_, std::pair(table, column)))
    by_key_.emplace_back(table, column);
}

LookUpTables::LookUpTables(const TableDirectory& directory) {
  for (const Place& place : directory.values()) values_[place];
  for (const Place& place : directory.by_key()) by_key_[place];
}

absl::Status LookUpTables::Add(int table, absl::string_view key, absl::Span<const Value> row) {
  for (auto& [place, values] : values_) {
    if (place.first != table || row[place.second].empty()) continue;
    std::string text = row[place.second].Text();
    const size_t bytes = text.size() + kEntryOverheadBytes;
    if (values.insert(std::move(text)).second) bytes_ += bytes;
  }
  for (auto& [place, rows] : by_key_) {
    if (place.first != table) continue;
    const Value& value = row[place.second];
    if (rows.emplace(key, value).second) {
      bytes_ += key.size() + value.text.size() + sizeof(Value) + kEntryOverheadBytes;
    }
  }
  if (bytes_ <= kLookUpBytesMax) return absl::OkStatus();
  return Error(
      absl::StatusCode::kResourceExhausted, {"LOOK_UP_TOO_LARGE", "", ""},
      absl::StrCat("what other tables refer to takes more than ", kLookUpBytesMax >> 20, " MiB"));
}

bool LookUpTables::HasValue(int table, int column, absl::string_view text) const {
  const auto found = values_.find({table, column});
  return found != values_.end() && found->second.contains(text);
}

const Value* LookUpTables::Find(int table, int column, absl::string_view key) const {
  const auto found = by_key_.find({table, column});
  if (found == by_key_.end()) return nullptr;
  const auto value = found->second.find(key);
  return value == found->second.end() ? nullptr : &value->second;
}

}  // namespace bellwether::imports
