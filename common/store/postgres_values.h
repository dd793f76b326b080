// store::Value to and from PostgreSQL's binary formats.
#ifndef BELLWETHER_COMMON_STORE_POSTGRES_VALUES_H_
#define BELLWETHER_COMMON_STORE_POSTGRES_VALUES_H_

#include <libpq-fe.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/store/store.h"

namespace bellwether::store {

// Types by their numbers in pg_type, which never change.
inline constexpr Oid kUnknownType = 0;
inline constexpr Oid kBigintType = 20;
inline constexpr Oid kTextType = 25;
inline constexpr Oid kByteaType = 17;

// kUnknownType for NULL.
Oid TypeOf(const Value& value);

// Parameters of one execution, in the form libpq wants. Text and bytes stay the caller's.
class PostgresParameters {
 public:
  explicit PostgresParameters(absl::Span<const Value> values);
  PostgresParameters(const PostgresParameters&) = delete;
  PostgresParameters& operator=(const PostgresParameters&) = delete;

  int count() const { return static_cast<int>(pointers_.size()); }
  const char* const* values() const { return pointers_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  std::vector<std::string> integers_;  // big-endian; never reallocated once pointed to
  std::vector<const char*> pointers_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

// An array of `type` in binary: column `column` of `rows`, whose values are of that type or NULL.
Blob PostgresArray(absl::Span<const std::vector<Value>> rows, size_t column, Oid type);

// The rows of a result in binary format. INTERNAL for a column of a type outside the common subset,
// naming it: the statement lacks a CAST.
absl::StatusOr<Rows> RowsOf(const PGresult* result);

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_POSTGRES_VALUES_H_
