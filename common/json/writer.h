// Writes one JSON document.
#ifndef BELLWETHER_COMMON_JSON_WRITER_H_
#define BELLWETHER_COMMON_JSON_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace bellwether::json {

//   Writer json;
//   json.BeginObject().Name("component").Text("store").Name("ready").Bool(true).EndObject();
//   std::move(json).Take();
//
// Calls in an order that makes no document are errors of the programmer. One thread.
class Writer {
 public:
  Writer() : writer_(buffer_) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& BeginObject();
  Writer& EndObject();
  Writer& BeginList();
  Writer& EndList();
  Writer& Name(absl::string_view name) { return Text(name); }
  // Bytes that are no UTF-8 become U+FFFD.
  Writer& Text(absl::string_view text);
  Writer& Integer(int64_t number);
  // JSON has neither infinities nor NaN: null.
  Writer& Number(double number);
  Writer& Bool(bool truth);
  Writer& Null();
  // A value that is JSON already.
  Writer& Raw(absl::string_view json);

  std::string Take() &&;

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

}  // namespace bellwether::json

#endif  // BELLWETHER_COMMON_JSON_WRITER_H_
