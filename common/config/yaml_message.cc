#include "common/config/yaml_message.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/config/duration.h"
#include "common/decimal/decimal.h"
#include "common/message/field_value.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "yaml-cpp/yaml.h"

namespace bellwether::config {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::OneofDescriptor;

constexpr char kMicrosPart[] = "_micros";
// Of one document: aliases multiply, so a small file may stand for more than memory holds.
constexpr int kYamlValuesMax = 200'000;

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

std::string Join(const std::string& path, absl::string_view key) {
  return path.empty() ? std::string(key) : absl::StrCat(path, ".", key);
}

class MessageReader {
 public:
  MessageReader(absl::string_view text, absl::string_view file, Problems& problems,
                SourceMap* places)
      : rows_(absl::StrSplit(text, '\n')), file_(file), problems_(problems), places_(places) {}

  // False, and reported, where bytes are no characters: nothing after this finds them before they
  // are sent somewhere.
  bool CheckText() {
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (Utf8Length(rows_[i]).has_value()) continue;
      Report(absl::StrCat(i + 1), "", "is not UTF-8 text");
      return false;
    }
    return true;
  }

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
      if (!Counts(entry.first, path)) return;
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
      Note(field_path, entry.first);
      ReadField(entry.second, message, target, field_path, depth);
    }
  }

  void Report(const YAML::Node& node, const std::string& path, absl::string_view message) {
    Report(PlaceOf(node.Mark()), path, message);
  }
  void Report(absl::string_view place, const std::string& path, absl::string_view message) {
    problems_.Add({absl::StrCat(file_, ":", place), path, std::string(message)});
  }

  // "line:column", from 1; columns are characters, where YAML's marks count bytes.
  std::string PlaceOf(const YAML::Mark& mark) const {
    const auto row = static_cast<size_t>(std::max(mark.line, 0));
    const auto bytes = static_cast<size_t>(std::max(mark.column, 0));
    const absl::string_view before =
        row < rows_.size() ? rows_[row].substr(0, bytes) : absl::string_view();
    return absl::StrCat(row + 1, ":", Utf8Length(before).value_or(bytes) + 1);
  }

 private:
  // False, and reported once, where the document holds too much.
  bool Counts(const YAML::Node& node, const std::string& path) {
    if (values_ < kYamlValuesMax) {
      ++values_;
      return true;
    }
    if (!std::exchange(full_, true)) {
      Report(node, path,
             absl::StrCat("the file holds more than ", kYamlValuesMax,
                          " values; what an alias stands for counts each time"));
    }
    return false;
  }

  void Note(const std::string& path, const YAML::Node& node) {
    if (places_ != nullptr) places_->Note(path, PlaceOf(node.Mark()));
  }

  void ReadField(const YAML::Node& node, Message& message, const Target& target,
                 const std::string& path, int depth) {
    if (node.IsNull()) return Report(node, path, "has no value");
    if (target.field->is_map()) return ReadMap(node, message, target, path, depth);
    if (!target.field->is_repeated()) return ReadValue(node, message, target, path, depth);
    if (!node.IsSequence()) return Report(node, path, "must be a list");
    for (size_t i = 0; i < node.size(); ++i) {
      if (!Counts(node[i], path)) return;
      const std::string element = absl::StrCat(path, "[", i, "]");
      Note(element, node[i]);
      ReadValue(node[i], message, target, element, depth);
    }
  }

  void ReadMap(const YAML::Node& node, Message& message, const Target& target,
               const std::string& path, int depth) {
    if (!node.IsMap()) return Report(node, path, "must be a mapping of keys");
    const Descriptor& entry_type = *target.field->message_type();
    absl::flat_hash_set<std::string> seen;
    for (const auto& pair : node) {
      if (!Counts(pair.first, path)) return;
      const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
      const std::string element = Join(path, key);
      if (!seen.insert(key).second) {
        Report(pair.first, element, "is given twice");
        continue;
      }
      Note(element, pair.first);
      if (pair.second.IsNull()) {
        Report(pair.first, element, "has no value");
        continue;
      }
      Message& entry = message::MutableChild(message, *target.field, std::nullopt);
      ReadValue(pair.first, entry, {entry_type.map_key(), false}, element, depth);
      ReadValue(pair.second, entry, {entry_type.map_value(), target.decimal}, element, depth);
    }
  }

  // One value: sets a singular field, adds to a repeated one.
  void ReadValue(const YAML::Node& node, Message& message, const Target& target,
                 const std::string& path, int depth) {
    const FieldDescriptor& field = *target.field;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return ReadMessage(node, message::MutableChild(message, field, std::nullopt), path,
                         depth + 1);
    }
    if (!node.IsScalar()) return Report(node, path, "must be a single value");
    const absl::StatusOr<message::FieldValue> value = ValueOf(node, target);
    if (!value.ok()) return Report(node, path, value.status().message());
    const absl::Status set = message::SetValue(message, field, std::nullopt, *value);
    if (!set.ok()) Report(node, path, absl::StrCat(node.Scalar(), " is out of range"));
  }

  // What the text means where the field stands; a problem's words where it means nothing.
  static absl::StatusOr<message::FieldValue> ValueOf(const YAML::Node& node, const Target& target) {
    const std::string& text = node.Scalar();
    const FieldDescriptor& field = *target.field;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        return target.decimal ? Decimal(node) : Integer(node);
      case FieldDescriptor::CPPTYPE_BOOL:
        if (IsQuoted(node) || (text != "true" && text != "false")) {
          return absl::InvalidArgumentError("must be true or false");
        }
        return text == "true";
      case FieldDescriptor::CPPTYPE_ENUM:
        if (const auto* named = message::FindEnumValue(*field.enum_type(), text)) return named;
        return absl::InvalidArgumentError(
            absl::StrCat("\"", text, "\" is none of ", message::EnumChoices(*field.enum_type())));
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES) {
          return absl::InvalidArgumentError("bytes cannot be written in YAML");
        }
        return text;
      default:
        // No message of the project has floating-point fields: figures are integers.
        return absl::InvalidArgumentError("fields of this type cannot be written in YAML");
    }
  }

  static absl::StatusOr<message::FieldValue> Decimal(const YAML::Node& node) {
    if (IsQuoted(node)) return absl::InvalidArgumentError("must be a number without quotes");
    return ParseDecimal(node.Scalar(), kMicrosScale);
  }

  static absl::StatusOr<message::FieldValue> Integer(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const absl::string_view digits = absl::StripPrefix(text, "-");
    if (IsQuoted(node) || digits.empty() || !absl::c_all_of(digits, absl::ascii_isdigit)) {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not an integer"));
    }
    const std::optional<int64_t> value = message::ParseInteger(text);
    if (!value.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(text, " is out of range"));
    }
    return *value;
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

  const std::vector<absl::string_view> rows_;
  const std::string file_;
  Problems& problems_;
  SourceMap* const places_;
  int values_ = 0;
  bool full_ = false;
};

}  // namespace

void ReadYaml(absl::string_view text, absl::string_view file, Message& message, Problems& problems,
              SourceMap* lines) {
  MessageReader reader(text, file, problems, lines);
  if (lines != nullptr) *lines = SourceMap(file);
  if (!reader.CheckText()) return;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() != 1) {
      return reader.Report("1", "", "the file must hold exactly one YAML document");
    }
    reader.ReadMessage(documents.front(), message, "", 0);
  } catch (const YAML::Exception& error) {
    reader.Report(reader.PlaceOf(error.mark), "", absl::StrCat("is not YAML: ", error.msg));
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
