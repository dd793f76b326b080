// An INSERT of one row, taken apart so that it can insert many.
#ifndef BELLWETHER_COMMON_STORE_INSERT_STATEMENT_H_
#define BELLWETHER_COMMON_STORE_INSERT_STATEMENT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether::store {

// "INSERT INTO t (a, b) VALUES ($1, 0) ON CONFLICT (a) DO UPDATE SET …". Refers to the text it was
// parsed from.
class InsertStatement {
 public:
  // Nothing for statements of another form: values other than placeholders and literals,
  // placeholders elsewhere, RETURNING, a conflict target that is not among the columns.
  static std::optional<InsertStatement> Parse(absl::string_view sql);

  // $1 … $n, each used at least once.
  size_t parameter_count() const { return parameter_count_; }

  // The parameters, counted from 0, that identify the row ON CONFLICT … DO UPDATE would change. One
  // statement must not meet the same row twice. Empty where it may.
  const std::vector<size_t>& key() const { return key_; }

  // The same over arrays: row i inserts the i-th elements. `array_types[n]` is the type of
  // parameter n's array, such as "bigint[]"; empty for a parameter that is NULL in every row, which
  // is left out. At least one is not.
  std::string OverArrays(absl::Span<const absl::string_view> array_types) const;

 private:
  absl::string_view head_;  // "INSERT INTO t (a, b) "
  std::vector<absl::string_view> values_;
  absl::string_view tail_;  // " ON CONFLICT …"
  size_t parameter_count_ = 0;
  std::vector<size_t> key_;
};

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_INSERT_STATEMENT_H_
