#include "common/store/postgres_values.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::store {
namespace {

constexpr int kBinary = 1;

// The rest of what statements of the common subset may answer with.
constexpr Oid kBooleanType = 16;
constexpr Oid kNameType = 19;
constexpr Oid kSmallintType = 21;
constexpr Oid kIntegerType = 23;
constexpr Oid kVarcharType = 1043;
constexpr Oid kVoidType = 2278;

void AppendBigEndian(std::string& out, uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

int64_t SignedBigEndian(const char* bytes, int length) {
  // The sign of the first byte fills the rest.
  auto value = static_cast<int64_t>(static_cast<signed char>(bytes[0]));
  for (int i = 1; i < length; ++i) {
    value = static_cast<int64_t>(static_cast<uint64_t>(value) << 8) |
            static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

// What a column's bytes become; fixed for a whole result.
enum class Kind { kInteger, kText, kBytes, kNothing, kUnsupported };

Kind KindOf(Oid type) {
  switch (type) {
    case kBigintType:
    case kIntegerType:
    case kSmallintType:
    case kBooleanType:  // as SQLite has it: 0 and 1
      return Kind::kInteger;
    case kTextType:
    case kVarcharType:
    case kNameType:
      return Kind::kText;
    case kByteaType:
      return Kind::kBytes;
    case kVoidType:
      return Kind::kNothing;
    default:
      return Kind::kUnsupported;
  }
}

Value ValueOf(Kind kind, const char* bytes, int length) {
  switch (kind) {
    case Kind::kInteger:
      return SignedBigEndian(bytes, length);
    case Kind::kText:
      return std::string(bytes, length);
    case Kind::kBytes:
      return Blob{std::string(bytes, length)};
    default:
      return Null();
  }
}

}  // namespace

Oid TypeOf(const Value& value) {
  if (std::holds_alternative<int64_t>(value)) return kBigintType;
  if (std::holds_alternative<std::string>(value)) return kTextType;
  if (std::holds_alternative<Blob>(value)) return kByteaType;
  return kUnknownType;
}

PostgresParameters::PostgresParameters(absl::Span<const Value> values) {
  integers_.reserve(values.size());
  pointers_.reserve(values.size());
  lengths_.reserve(values.size());
  formats_.assign(values.size(), kBinary);
  for (const Value& value : values) {
    const std::string* bytes = nullptr;
    if (const auto* number = std::get_if<int64_t>(&value)) {
      std::string& big_endian = integers_.emplace_back();
      AppendBigEndian(big_endian, static_cast<uint64_t>(*number), sizeof(int64_t));
      bytes = &big_endian;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      bytes = text;
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      bytes = &blob->bytes;
    }
    pointers_.push_back(bytes == nullptr ? nullptr : bytes->data());
    lengths_.push_back(bytes == nullptr ? 0 : static_cast<int>(bytes->size()));
  }
}

Blob PostgresArray(absl::Span<const std::vector<Value>> rows, size_t column, Oid type) {
  constexpr uint32_t kDimensions = 1, kMayHoldNulls = 1, kFirstIndex = 1, kNullLength = UINT32_MAX;
  Blob array;
  std::string& out = array.bytes;
  AppendBigEndian(out, kDimensions, 4);
  AppendBigEndian(out, kMayHoldNulls, 4);
  AppendBigEndian(out, type, 4);
  AppendBigEndian(out, rows.size(), 4);
  AppendBigEndian(out, kFirstIndex, 4);
  for (const std::vector<Value>& row : rows) {
    const Value& value = row[column];
    if (const auto* number = std::get_if<int64_t>(&value)) {
      AppendBigEndian(out, sizeof(int64_t), 4);
      AppendBigEndian(out, static_cast<uint64_t>(*number), sizeof(int64_t));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      AppendBigEndian(out, text->size(), 4);
      out.append(*text);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      AppendBigEndian(out, blob->bytes.size(), 4);
      out.append(blob->bytes);
    } else {
      AppendBigEndian(out, kNullLength, 4);
    }
  }
  return array;
}

absl::StatusOr<Rows> RowsOf(const PGresult* result) {
  const int columns = PQnfields(result);
  std::vector<Kind> kinds(columns);
  for (int column = 0; column < columns; ++column) {
    kinds[column] = KindOf(PQftype(result, column));
    if (kinds[column] != Kind::kUnsupported) continue;
    return Error(absl::StatusCode::kInternal, {"COLUMN_TYPE_UNSUPPORTED"},
                 absl::StrCat("column ", PQfname(result, column), " is of type ",
                              PQftype(result, column), "; the statement lacks a CAST"));
  }
  const int count = PQntuples(result);
  Rows rows;
  rows.reserve(count);
  for (int row = 0; row < count; ++row) {
    std::vector<Value> values;
    values.reserve(columns);
    for (int column = 0; column < columns; ++column) {
      values.push_back(PQgetisnull(result, row, column)
                           ? Null()
                           : ValueOf(kinds[column], PQgetvalue(result, row, column),
                                     PQgetlength(result, row, column)));
    }
    rows.emplace_back(std::move(values));
  }
  return rows;
}

}  // namespace bellwether::store
