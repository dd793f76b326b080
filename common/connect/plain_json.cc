#include "common/connect/plain_json.h"

#include <cstdlib>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/json/writer.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"

namespace bellwether::connect {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

constexpr int32_t kNanosMax = 999'999'999;

// Writes one message; lives for one call.
class PlainWriter {
 public:
  // False where something is not plain; what is written then is of no use.
  bool Write(const Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    if (absl::StartsWith(type.full_name(), "google.protobuf.")) return WriteKnown(message);
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    json_.BeginObject();
    for (const FieldDescriptor* const field : fields) {
      if (field->is_extension()) return false;
      json_.Name(field->json_name());
      if (!WriteField(message, reflection, *field)) return false;
    }
    json_.EndObject();
    return true;
  }

  std::string Take() && { return std::move(json_).Take(); }

 private:
  bool WriteKnown(const Message& message) {
    const std::string& name = message.GetDescriptor()->full_name();
    const bool time = name == google::protobuf::Timestamp::descriptor()->full_name();
    if (!time && name != google::protobuf::Duration::descriptor()->full_name()) return false;
    // It may be of another pool than the generated one.
    const Reflection& reflection = *message.GetReflection();
    const int64_t seconds =
        reflection.GetInt64(message, message.GetDescriptor()->FindFieldByNumber(1));
    const int32_t nanos =
        reflection.GetInt32(message, message.GetDescriptor()->FindFieldByNumber(2));
    if (time) {
      if (seconds < TimeUtil::kTimestampMinSeconds || seconds > TimeUtil::kTimestampMaxSeconds ||
          nanos < 0 || nanos > kNanosMax) {
        return false;
      }
      google::protobuf::Timestamp timestamp;
      timestamp.set_seconds(seconds);
      timestamp.set_nanos(nanos);
      json_.Text(TimeUtil::ToString(timestamp));
      return true;
    }
    if (seconds < TimeUtil::kDurationMinSeconds || seconds > TimeUtil::kDurationMaxSeconds ||
        std::abs(int64_t{nanos}) > kNanosMax || (seconds < 0 && nanos > 0) ||
        (seconds > 0 && nanos < 0)) {
      return false;
    }
    google::protobuf::Duration duration;
    duration.set_seconds(seconds);
    duration.set_nanos(nanos);
    json_.Text(TimeUtil::ToString(duration));
    return true;
  }

  bool WriteField(const Message& message, const Reflection& reflection,
                  const FieldDescriptor& field) {
    if (field.is_map()) return WriteMap(message, reflection, field);
    if (!field.is_repeated()) return WriteValue(message, reflection, field, std::nullopt);
    json_.BeginList();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      if (!WriteValue(message, reflection, field, i)) return false;
    }
    json_.EndList();
    return true;
  }

  bool WriteMap(const Message& message, const Reflection& reflection,
                const FieldDescriptor& field) {
    const FieldDescriptor& key = *field.message_type()->map_key();
    const FieldDescriptor& value = *field.message_type()->map_value();
    if (key.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return false;
    json_.BeginObject();
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
      const Reflection& of_entry = *entry.GetReflection();
      json_.Name(of_entry.GetString(entry, &key));
      if (!WriteValue(entry, of_entry, value, std::nullopt)) return false;
    }
    json_.EndObject();
    return true;
  }

  // Of a list the item of that index.
  bool WriteValue(const Message& message, const Reflection& reflection,
                  const FieldDescriptor& field, std::optional<int> index) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        json_.Integer(index ? reflection.GetRepeatedInt32(message, &field, *index)
                            : reflection.GetInt32(message, &field));
        return true;
      case FieldDescriptor::CPPTYPE_UINT32:
        json_.Integer(index ? reflection.GetRepeatedUInt32(message, &field, *index)
                            : reflection.GetUInt32(message, &field));
        return true;
      // As texts: readers keep numbers as doubles.
      case FieldDescriptor::CPPTYPE_INT64:
        json_.Text(absl::StrCat(index ? reflection.GetRepeatedInt64(message, &field, *index)
                                      : reflection.GetInt64(message, &field)));
        return true;
      case FieldDescriptor::CPPTYPE_UINT64:
        json_.Text(absl::StrCat(index ? reflection.GetRepeatedUInt64(message, &field, *index)
                                      : reflection.GetUInt64(message, &field)));
        return true;
      case FieldDescriptor::CPPTYPE_BOOL:
        json_.Bool(index ? reflection.GetRepeatedBool(message, &field, *index)
                         : reflection.GetBool(message, &field));
        return true;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text =
            index ? reflection.GetRepeatedStringReference(message, &field, *index, &scratch)
                  : reflection.GetStringReference(message, &field, &scratch);
        const bool bytes = field.type() == FieldDescriptor::TYPE_BYTES;
        json_.Text(bytes ? absl::Base64Escape(text) : text);
        return true;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = index ? reflection.GetRepeatedEnumValue(message, &field, *index)
                                 : reflection.GetEnumValue(message, &field);
        const auto* const value = field.enum_type()->FindValueByNumber(number);
        if (absl::StartsWith(field.enum_type()->full_name(), "google.protobuf.")) return false;
        value != nullptr ? json_.Text(value->name()) : json_.Integer(number);
        return true;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Write(index ? reflection.GetRepeatedMessage(message, &field, *index)
                           : reflection.GetMessage(message, &field));
      default:  // doubles and floats
        return false;
    }
  }

  json::Writer json_;
};

}  // namespace

std::optional<std::string> WritePlainJson(const Message& message) {
  PlainWriter writer;
  if (!writer.Write(message)) return std::nullopt;
  return std::move(writer).Take();
}

}  // namespace bellwether::connect
