#include "common/json/writer.h"

#include <cmath>

#include "common/base/utf8.h"

namespace bellwether::json {

Writer& Writer::BeginObject() {
  writer_.StartObject();
  return *this;
}

Writer& Writer::EndObject() {
  writer_.EndObject();
  return *this;
}

Writer& Writer::BeginList() {
  writer_.StartArray();
  return *this;
}

Writer& Writer::EndList() {
  writer_.EndArray();
  return *this;
}

Writer& Writer::Text(absl::string_view text) {
  if (Utf8Length(text).has_value()) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  } else {
    const std::string valid = ToUtf8(text);
    writer_.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }
  return *this;
}

Writer& Writer::Integer(int64_t number) {
  writer_.Int64(number);
  return *this;
}

Writer& Writer::Number(double number) {
  if (!std::isfinite(number)) return Null();
  writer_.Double(number);
  return *this;
}

Writer& Writer::Bool(bool truth) {
  writer_.Bool(truth);
  return *this;
}

Writer& Writer::Null() {
  writer_.Null();
  return *this;
}

Writer& Writer::Raw(absl::string_view json) {
  writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

std::string Writer::Take() && { return std::string(buffer_.GetString(), buffer_.GetSize()); }

}  // namespace bellwether::json
