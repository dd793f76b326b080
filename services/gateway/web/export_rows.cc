#include "services/gateway/web/export_rows.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/connect/json_codec.h"
#include "common/json/json.h"
#include "google/protobuf/timestamp.pb.h"

namespace bellwether::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

constexpr absl::string_view kFormulaStarts = "=+-@\t\r";

bool IsFlattened(const FieldDescriptor& field, int depth) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated() &&
         field.message_type() != Timestamp::descriptor() && depth < kExportDepthMax;
}

void AddNames(const Descriptor& type, const std::string& prefix, int depth,
              std::vector<std::string>& names) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string name = absl::StrCat(prefix, field.name());
    if (IsFlattened(field, depth)) {
      AddNames(*field.message_type(), absl::StrCat(name, "."), depth + 1, names);
    } else {
      names.push_back(name);
    }
  }
}

std::string Quoted(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string TextCell(const std::string& text) {
  const bool formula = !text.empty() && absl::StrContains(kFormulaStarts, text[0]);
  return Quoted(absl::StrCat(formula ? "'" : "", text));
}

std::string TimeCell(const Message& message) {
  const auto& time = static_cast<const Timestamp&>(message);
  return absl::FormatTime(absl::RFC3339_full,
                          absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                          absl::UTCTimeZone());
}

// The field as protobuf's JSON has it within its message: {"tags":["a"]} → ["a"]. Of a field that
// has its default, and so does not stand there: nothing.
absl::StatusOr<std::string> JsonCell(const Message& message, const FieldDescriptor& field) {
  const std::unique_ptr<Message> alone(message.New());
  std::vector<const FieldDescriptor*> set;
  alone->CopyFrom(message);
  alone->GetReflection()->ListFields(*alone, &set);
  for (const FieldDescriptor* other : set) {
    if (other != &field) alone->GetReflection()->ClearField(alone.get(), other);
  }
  ASSIGN_OR_RETURN(const std::string json, connect::WriteJson(*alone));
  const size_t colon = json.find(':');
  if (colon == std::string::npos) return "";
  return Quoted(absl::string_view(json).substr(colon + 1, json.size() - colon - 2));
}

absl::StatusOr<std::string> ScalarCell(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES
                 ? JsonCell(message, field)
                 : TextCell(reflection.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnum(message, &field)->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    default:
      return JsonCell(message, field);
  }
}

// A field that is there, or has no way of not being there.
bool IsSet(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) return reflection.FieldSize(message, &field) > 0;
  return !field.has_presence() || reflection.HasField(message, &field);
}

absl::StatusOr<std::string> CellOf(const Message& message, const FieldDescriptor& field) {
  if (!IsSet(message, field)) return "";
  if (field.is_repeated()) return JsonCell(message, field);
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return ScalarCell(message, field);
  if (field.message_type() != Timestamp::descriptor()) return JsonCell(message, field);
  return TimeCell(message.GetReflection()->GetMessage(message, &field));
}

absl::Status AddCells(const Message& message, int depth, std::vector<std::string>& cells) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (IsFlattened(field, depth)) {
      // An absent message has the cells of its type, all empty.
      if (!message.GetReflection()->HasField(message, &field)) {
        std::vector<std::string> names;
        AddNames(*field.message_type(), "", depth + 1, names);
        cells.resize(cells.size() + names.size());
      } else {
        RETURN_IF_ERROR(
            AddCells(message.GetReflection()->GetMessage(message, &field), depth + 1, cells));
      }
    } else {
      ASSIGN_OR_RETURN(std::string cell, CellOf(message, field));
      cells.push_back(std::move(cell));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string CsvHead(const Descriptor& type) {
  std::vector<std::string> names;
  AddNames(type, "", 0, names);
  return absl::StrCat(absl::StrJoin(names, ","), "\r\n");
}

absl::StatusOr<std::string> CsvRow(const Message& message) {
  std::vector<std::string> cells;
  RETURN_IF_ERROR(AddCells(message, 0, cells));
  return absl::StrCat(absl::StrJoin(cells, ","), "\r\n");
}

}  // namespace bellwether::gateway
