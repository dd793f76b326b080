#include "common/config/yaml_message.h"

#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/config/duration.h"
#include "common/decimal/decimal.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "yaml-cpp/yaml.h"

namespace bellwether::config {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;
using ::google::protobuf::EnumValueDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::OneofDescriptor;
using ::google::protobuf::Reflection;

constexpr char kMicrosPart[] = "_micros";
constexpr absl::string_view kUnspecified = "_UNSPECIFIED";

// "fire_by_tier" of "fire_micros_by_tier"; empty for a field that is not in 10⁻⁶.
std::string DecimalName(const FieldDescriptor& field) {
  const std::string& name = field.name();
  const size_t at = name.find(kMicrosPart);
  if (at == std::string::npos) return "";
  const size_t end = at + std::strlen(kMicrosPart);
  if (end != name.size() && name[end] != '_') return "";
  return name.substr(0, at) + name.substr(end);
}

struct Target {
  const FieldDescriptor* field = nullptr;
  bool decimal = false;  // written as a decimal number
};

Target FindTarget(const Descriptor& descriptor, const std::string& key) {
  if (const FieldDescriptor* field = descriptor.FindFieldByName(key)) return {field, false};
  for (int i = 0; i < descriptor.field_count(); ++i) {
    if (DecimalName(*descriptor.field(i)) == key) return {descriptor.field(i), true};
  }
  return {};
}

std::string KnownKeys(const Descriptor& descriptor) {
  std::vector<std::string> keys;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const std::string decimal = DecimalName(*descriptor.field(i));
    keys.push_back(decimal.empty() ? descriptor.field(i)->name() : decimal);
  }
  return absl::StrJoin(keys, ", ");
}

// "LEVEL_" of an enum whose zero value is LEVEL_UNSPECIFIED.
absl::string_view PrefixOf(const EnumDescriptor& descriptor) {
  absl::string_view prefix = descriptor.value(0)->name();
  if (!absl::ConsumeSuffix(&prefix, kUnspecified)) return "";
  return absl::string_view(descriptor.value(0)->name()).substr(0, prefix.size() + 1);
}

// The value of that name, short or whole, whatever the case; the unspecified one cannot be written.
const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& descriptor, absl::string_view text) {
  const absl::string_view prefix = PrefixOf(descriptor);
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const absl::string_view name = descriptor.value(i)->name();
    if (absl::EndsWith(name, kUnspecified)) continue;
    if (absl::EqualsIgnoreCase(name, text) ||
        absl::EqualsIgnoreCase(absl::StripPrefix(name, prefix), text)) {
      return descriptor.value(i);
    }
  }
  return nullptr;
}

std::string EnumChoices(const EnumDescriptor& descriptor) {
  std::vector<std::string> names;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const absl::string_view name = descriptor.value(i)->name();
    if (absl::EndsWith(name, kUnspecified)) continue;
    names.push_back(absl::AsciiStrToLower(absl::StripPrefix(name, PrefixOf(descriptor))));
  }
  return absl::StrJoin(names, ", ");
}

std::string Join(const std::string& path, absl::string_view key) {
  return path.empty() ? std::string(key) : absl::StrCat(path, ".", key);
}

class MessageReader {
 public:
  MessageReader(absl::string_view file, Problems& problems, SourceMap* lines)
      : file_(file), problems_(problems), lines_(lines) {}

  void ReadMessage(const YAML::Node& node, Message& message, const std::string& path, int depth) {
    const Descriptor& descriptor = *message.GetDescriptor();
    if (depth > kYamlDepthMax) return Report(node, path, "is nested too deeply");
    if (&descriptor == google::protobuf::Duration::descriptor()) {
      return ReadDuration(node, message, path);
    }
    if (&descriptor == google::protobuf::Timestamp::descriptor()) {
      return ReadTimestamp(node, message, path);
    }
    if (!node.IsMap()) return Report(node, path, "must be a mapping of keys");
    absl::flat_hash_set<const FieldDescriptor*> seen;
    absl::flat_hash_set<const OneofDescriptor*> chosen;
    for (const auto& entry : node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      const std::string field_path = Join(path, key);
      const Target target = FindTarget(descriptor, key);
      if (target.field == nullptr) {
        Report(entry.first, field_path,
               absl::StrCat("unknown key; known are ", KnownKeys(descriptor)));
        continue;
      }
      if (!seen.insert(target.field).second) {
        Report(entry.first, field_path, "is given twice");
        continue;
      }
      const OneofDescriptor* oneof = target.field->real_containing_oneof();
      if (oneof != nullptr && !chosen.insert(oneof).second) {
        Report(entry.first, field_path, absl::StrCat("only one ", oneof->name(), " can be given"));
        continue;
      }
      if (lines_ != nullptr) lines_->Note(field_path, entry.first.Mark().line + 1);
      ReadField(entry.second, message, target, field_path, depth);
    }
  }

  void Report(const YAML::Node& node, const std::string& path, absl::string_view message) {
    Report(node.Mark().line + 1, path, message);
  }
  void Report(int line, const std::string& path, absl::string_view message) {
    problems_.Add({absl::StrCat(file_, ":", line), path, std::string(message)});
  }

 private:
  void ReadField(const YAML::Node& node, Message& message, const Target& target,
                 const std::string& path, int depth) {
    if (node.IsNull()) return Report(node, path, "has no value");
    if (target.field->is_map()) return ReadMap(node, message, target, path, depth);
    if (!target.field->is_repeated()) return ReadValue(node, message, target, path, depth);
    if (!node.IsSequence()) return Report(node, path, "must be a list");
    for (size_t i = 0; i < node.size(); ++i) {
      const std::string element = absl::StrCat(path, "[", i, "]");
      if (lines_ != nullptr) lines_->Note(element, node[i].Mark().line + 1);
      ReadValue(node[i], message, target, element, depth);
    }
  }

  void ReadMap(const YAML::Node& node, Message& message, const Target& target,
               const std::string& path, int depth) {
    if (!node.IsMap()) return Report(node, path, "must be a mapping of keys");
    const Descriptor& entry_type = *target.field->message_type();
    absl::flat_hash_set<std::string> seen;
    for (const auto& pair : node) {
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
      const std::string element = Join(path, key);
      if (!seen.insert(key).second) {
        Report(pair.first, element, "is given twice");
        continue;
      }
      if (lines_ != nullptr) lines_->Note(element, pair.first.Mark().line + 1);
      if (pair.second.IsNull()) {
        Report(pair.first, element, "has no value");
        continue;
      }
      Message* entry = message.GetReflection()->AddMessage(&message, target.field);
      ReadValue(pair.first, *entry, {entry_type.map_key(), false}, element, depth);
      ReadValue(pair.second, *entry, {entry_type.map_value(), target.decimal}, element, depth);
    }
  }

  // One value: sets a singular field, adds to a repeated one.
  void ReadValue(const YAML::Node& node, Message& message, const Target& target,
                 const std::string& path, int depth) {
    const FieldDescriptor* field = target.field;
    const Reflection& reflection = *message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message* child = field->is_repeated() ? reflection.AddMessage(&message, field)
                                            : reflection.MutableMessage(&message, field);
      return ReadMessage(node, *child, path, depth + 1);
    }
    if (!node.IsScalar()) return Report(node, path, "must be a single value");
    const auto store = [&](auto value, auto set, auto add) {
      if (field->is_repeated()) {
        (reflection.*add)(&message, field, value);
      } else {
        (reflection.*set)(&message, field, value);
      }
    };
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        if (const auto value = ReadInteger<int32_t>(node, target, path)) {
          store(*value, &Reflection::SetInt32, &Reflection::AddInt32);
        }
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        if (const auto value = ReadInteger<int64_t>(node, target, path)) {
          store(*value, &Reflection::SetInt64, &Reflection::AddInt64);
        }
        return;
      case FieldDescriptor::CPPTYPE_UINT32:
        if (const auto value = ReadInteger<uint32_t>(node, target, path)) {
          store(*value, &Reflection::SetUInt32, &Reflection::AddUInt32);
        }
        return;
      case FieldDescriptor::CPPTYPE_UINT64:
        if (const auto value = ReadInteger<uint64_t>(node, target, path)) {
          store(*value, &Reflection::SetUInt64, &Reflection::AddUInt64);
        }
        return;
      case FieldDescriptor::CPPTYPE_BOOL:
        if (IsQuoted(node) || (node.Scalar() != "true" && node.Scalar() != "false")) {
          return Report(node, path, "must be true or false");
        }
        return store(node.Scalar() == "true", &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumValueDescriptor* value = FindEnumValue(*field->enum_type(), node.Scalar());
        if (value == nullptr) {
          return Report(node, path,
                        absl::StrCat("\"", node.Scalar(), "\" is none of ",
                                     EnumChoices(*field->enum_type())));
        }
        return store(value, &Reflection::SetEnum, &Reflection::AddEnum);
      }
      case FieldDescriptor::CPPTYPE_STRING:
        if (field->type() == FieldDescriptor::TYPE_BYTES) {
          return Report(node, path, "bytes cannot be written in YAML");
        }
        return store(node.Scalar(), &Reflection::SetString, &Reflection::AddString);
      default:
        // No message of the project has floating-point fields: figures are integers.
        return Report(node, path, "fields of this type cannot be written in YAML");
    }
  }

  template <typename Integer>
  std::optional<Integer> ReadInteger(const YAML::Node& node, const Target& target,
                                     const std::string& path) {
    const std::string& text = node.Scalar();
    if (target.decimal) {
      const absl::StatusOr<int64_t> micros = ParseDecimal(text, kMicrosScale);
      if (IsQuoted(node) || !micros.ok()) {
        Report(node, path,
               IsQuoted(node) ? "must be a number without quotes" : micros.status().message());
        return std::nullopt;
      }
      if (*micros < 0 && std::is_unsigned_v<Integer>) return OutOfRange<Integer>(node, path);
      if (static_cast<int64_t>(static_cast<Integer>(*micros)) != *micros) {
        return OutOfRange<Integer>(node, path);
      }
      return static_cast<Integer>(*micros);
    }
    absl::string_view digits = text;
    absl::ConsumePrefix(&digits, "-");
    if (IsQuoted(node) || digits.empty() || !absl::c_all_of(digits, absl::ascii_isdigit)) {
      Report(node, path, absl::StrCat("\"", text, "\" is not an integer"));
      return std::nullopt;
    }
    Integer value = 0;
    if (!absl::SimpleAtoi(text, &value)) return OutOfRange<Integer>(node, path);
    return value;
  }

  template <typename Integer>
  std::optional<Integer> OutOfRange(const YAML::Node& node, const std::string& path) {
    Report(node, path, absl::StrCat(node.Scalar(), " is out of range"));
    return std::nullopt;
  }

  void ReadDuration(const YAML::Node& node, Message& message, const std::string& path) {
    const absl::StatusOr<absl::Duration> parsed =
        node.IsScalar() ? ParseDuration(node.Scalar())
                        : absl::InvalidArgumentError("must be a duration such as 7d or 36h");
    if (!parsed.ok()) return Report(node, path, parsed.status().message());
    // The limit google.protobuf.Duration itself has: 10 000 years.
    if (absl::AbsDuration(*parsed) > absl::Seconds(315'576'000'000)) {
      return Report(node, path, absl::StrCat(node.Scalar(), " is out of range"));
    }
    google::protobuf::Duration duration;
    absl::Duration rest;
    duration.set_seconds(absl::IDivDuration(*parsed, absl::Seconds(1), &rest));
    duration.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
    message.CopyFrom(duration);
  }

  void ReadTimestamp(const YAML::Node& node, Message& message, const std::string& path) {
    absl::Time time;
    std::string error;
    if (!node.IsScalar() || !absl::ParseTime(absl::RFC3339_full, node.Scalar(), &time, &error) ||
        time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
      return Report(node, path, "must be an instant such as 2026-01-31T08:00:00Z");
    }
    google::protobuf::Timestamp timestamp;
    timestamp.set_seconds(absl::ToUnixSeconds(time));
    timestamp.set_nanos(static_cast<int32_t>(
        absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
    message.CopyFrom(timestamp);
  }

  // yaml-cpp gives quoted scalars the tag "!".
  static bool IsQuoted(const YAML::Node& node) { return node.Tag() == "!"; }

  const std::string file_;
  Problems& problems_;
  SourceMap* const lines_;
};

}  // namespace

void ReadYaml(absl::string_view text, absl::string_view file, Message& message, Problems& problems,
              SourceMap* lines) {
  MessageReader reader(file, problems, lines);
  if (lines != nullptr) *lines = SourceMap(file);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() != 1) {
      return reader.Report(1, "", "the file must hold exactly one YAML document");
    }
    reader.ReadMessage(documents.front(), message, "", 0);
  } catch (const YAML::Exception& error) {
    reader.Report(error.mark.line + 1, "", absl::StrCat("is not YAML: ", error.msg));
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error(absl::StatusCode::kNotFound, {"FILE_NOT_READABLE", path, ""},
                 absl::StrCat("cannot read ", path));
  }
  std::string bytes(kFileBytesMax + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  if (bytes.size() > kFileBytesMax) {
    return InvalidArgument("FILE_TOO_LARGE", path,
                           absl::StrCat(path, " is larger than ", kFileBytesMax, " bytes"));
  }
  return bytes;
}

absl::Status LoadYaml(const std::string& path, Message& message, SourceMap* lines) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  Problems problems;
  ReadYaml(text, path, message, problems, lines);
  return problems.ToStatus();
}

}  // namespace bellwether::config
