// Values of tables read before, by their keys: what other tables of the mapping refer to.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_LOOK_UP_TABLES_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_LOOK_UP_TABLES_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

// Of all values that are kept for others of a mapping.
inline constexpr size_t kLookUpBytesMax = 64 << 20;

// What can be looked up where, worked out while a mapping is compiled.
class TableDirectory {
 public:
  // A file and the columns that others may name of its rows; `key` are those that identify one.
  void AddTable(const std::string& file_id, const Scope& scope, std::vector<std::string> key);
  // Index of the table; −1 where there is none before.
  int Find(absl::string_view file_id) const;
  int FindColumn(int table, absl::string_view column) const;
  const std::vector<std::string>& KeyOf(int table) const { return tables_[table].key; }

  // Keeps the column's values for `references`.
  void NeedValues(int table, int column);
  // Keeps the column by key for look-ups.
  void NeedByKey(int table, int column);

  // Of table and column.
  const std::vector<std::pair<int, int>>& values() const { return values_; }
  const std::vector<std::pair<int, int>>& by_key() const { return by_key_; }

 private:
  struct Table {
    std::string file_id;
    std::vector<std::string> columns;
    std::vector<std::string> key;
  };
  std::vector<Table> tables_;
  std::vector<std::pair<int, int>> values_;
  std::vector<std::pair<int, int>> by_key_;
};

class LookUpTables {
 public:
  explicit LookUpTables(const TableDirectory& directory);

  // Keeps of a row what others refer to. RESOURCE_EXHAUSTED / LOOK_UP_TOO_LARGE.
  absl::Status Add(int table, absl::string_view key, absl::Span<const Value> row);
  bool HasValue(int table, int column, absl::string_view text) const;
  // Null where there is no row with that key.
  const Value* Find(int table, int column, absl::string_view key) const;

 private:
  using Place = std::pair<int, int>;
  std::map<Place, absl::flat_hash_set<std::string>> values_;
  std::map<Place, absl::flat_hash_map<std::string, Value>> by_key_;
  size_t bytes_ = 0;
};

// Texts of several columns as one key.
void AppendKeyPart(absl::string_view text, std::string& key);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_LOOK_UP_TABLES_H_
