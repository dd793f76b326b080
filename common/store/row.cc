#include "common/base/check.h"
#include "common/store/store.h"

namespace bellwether::store {
namespace {

template <typename T>
const T& Get(const std::vector<Value>& values, size_t column) {
  const T* value = column < values.size() ? std::get_if<T>(&values[column]) : nullptr;
  BELLWETHER_CHECK(value != nullptr, "the statement has no such column of that type");
  return *value;
}

}  // namespace

Value Null() { return Value(); }

Value IntOrNull(const std::optional<int64_t>& number) {
  if (!number.has_value()) return Null();
  return *number;
}

Value TextOrNull(const std::string& text) {
  if (text.empty()) return Null();
  return text;
}

int64_t Row::Int(size_t column) const { return Get<int64_t>(values_, column); }
const std::string& Row::Text(size_t column) const { return Get<std::string>(values_, column); }
const std::string& Row::Bytes(size_t column) const { return Get<Blob>(values_, column).bytes; }

}  // namespace bellwether::store
