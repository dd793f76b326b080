#include "common/json/json.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace bellwether::json {
namespace {

using Kind = Value::Kind;

// Makes values of what RapidJSON reads, and refuses what it would let pass.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  Value TakeRoot() { return std::move(root_); }
  // Why the reading was ended here, if it was.
  absl::string_view refusal() const { return refusal_; }

  // Where the reading stands: "data.items[3].amount".
  std::string Path() const {
    std::string path;
    for (const Open& open : open_) {
      if (open.value->kind == Kind::kList) {
        // The item that is open, or the one to come.
        const size_t open_items = &open == &open_.back() ? 0 : 1;
        absl::StrAppend(&path, "[", open.value->items.size() - open_items, "]");
      } else if (!open.value->members.empty()) {
        absl::StrAppend(&path, path.empty() ? "" : ".", open.value->members.back().name);
      }
    }
    return path.substr(0, kPathBytesMax);
  }

  bool Null() { return Add(Kind::kNull) != nullptr; }
  bool Bool(bool truth) { return Add(truth ? Kind::kTrue : Kind::kFalse) != nullptr; }
  bool RawNumber(const char* digits, rapidjson::SizeType size, bool) {
    return AddText(Kind::kNumber, absl::string_view(digits, size));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return AddText(Kind::kText, absl::string_view(text, size));
  }
  bool StartObject() { return Begin(Kind::kObject); }
  bool StartArray() { return Begin(Kind::kList); }
  bool EndObject(rapidjson::SizeType) { return End(); }
  bool EndArray(rapidjson::SizeType) { return End(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    std::string name(text, size);
    if (!Utf8Length(name).has_value()) return Refuse("a name is not UTF-8");
    const bool unique = open_.back().names.insert(name).second;
    open_.back().value->members.push_back({std::move(name), {}});
    return unique || Refuse("a name is repeated");
  }

 private:
  // An object or list that has begun and not ended. Pointers hold: while a value is open, nothing
  // is added beside it.
  struct Open {
    Value* value;
    absl::flat_hash_set<std::string> names;
  };

  bool Refuse(absl::string_view why) {
    refusal_ = why;
    return false;
  }

  Value* Add(Kind kind) {
    Value* value = &root_;
    if (!open_.empty()) {
      Open& parent = open_.back();
      value = parent.value->kind == Kind::kList ? &parent.value->items.emplace_back()
                                                : &parent.value->members.back().value;
    }
    value->kind = kind;
    return value;
  }

  bool AddText(Kind kind, absl::string_view text) {
    if (!Utf8Length(text).has_value()) return Refuse("is not UTF-8");
    Add(kind)->text = std::string(text);
    return true;
  }

  bool Begin(Kind kind) {
    if (static_cast<int>(open_.size()) >= limits_.depth_max) return Refuse("is nested too deeply");
    Value* const value = Add(kind);
    open_.push_back({.value = value});
    return true;
  }

  bool End() {
    open_.pop_back();
    return true;
  }

  const Limits& limits_;
  Value root_;
  std::vector<Open> open_;
  absl::string_view refusal_;
};

absl::Status Malformed(const Limits& limits, const std::string& path, size_t byte,
                       absl::string_view why) {
  return InvalidArgument("MALFORMED_JSON", path, absl::StrCat("JSON, byte ", byte, ": ", why),
                         limits.rule);
}

}  // namespace

const Value* Value::Find(absl::string_view name) const {
  for (const auto& [own_name, value] : members) {
    if (own_name == name) return &value;
  }
  return nullptr;
}

absl::StatusOr<Value> Parse(absl::string_view document, const Limits& limits) {
  if (document.size() > limits.bytes_max) {
    return InvalidArgument("JSON_TOO_LARGE", "",
                           absl::StrCat("JSON of more than ", limits.bytes_max, " bytes"),
                           limits.rule);
  }
  Builder builder(limits);
  rapidjson::MemoryStream stream(document.data(), document.size());
  rapidjson::Reader reader;
  // It recurses, no deeper than the builder lets it.
  const rapidjson::ParseResult result =
      reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, builder);
  if (result.IsError()) {
    return Malformed(
        limits, builder.Path(), result.Offset(),
        builder.refusal().empty() ? rapidjson::GetParseError_En(result.Code()) : builder.refusal());
  }
  // A zero byte ends a document for RapidJSON, whatever follows.
  if (stream.Tell() != document.size()) {
    return Malformed(limits, "", stream.Tell(), "something follows the document");
  }
  return builder.TakeRoot();
}

absl::StatusOr<std::vector<absl::string_view>> ParseListItems(absl::string_view document,
                                                              const Limits& limits) {
  ASSIGN_OR_RETURN(const Value list, Parse(document, limits));
  if (list.kind != Kind::kList) {
    return InvalidArgument("WRONG_TYPE", "", "the document is not a list", limits.rule);
  }
  // A valid document: brackets match, and what is between quotes is text.
  std::vector<absl::string_view> items;
  int depth = 0;
  bool in_text = false;
  size_t begin = 0;
  const auto end_item = [&](size_t end) {
    const absl::string_view item = absl::StripAsciiWhitespace(document.substr(begin, end - begin));
    if (!item.empty()) items.push_back(item);
    begin = end + 1;
  };
  for (size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth == 1) begin = i + 1;
    } else if (c == ']' || c == '}') {
      if (--depth == 0) end_item(i);
    } else if (c == ',' && depth == 1) {
      end_item(i);
    }
  }
  return items;
}

}  // namespace bellwether::json
