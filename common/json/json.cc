#include "common/json/json.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace bellwether::json {
namespace {

using Kind = Value::Kind;

// Where the reading of a document stands, and what of it RapidJSON would let pass.
class Strictness {
 public:
  explicit Strictness(int depth_max) : depth_max_(depth_max) {}

  // Why the reading was ended here, if it was.
  absl::string_view refusal() const { return refusal_; }

  // Where the reading stands: "data.items[3].amount".
  std::string Path() const {
    std::string path;
    for (const Open& open : open_) {
      if (open.list) {
        // The item that is open, or the one to come.
        const size_t open_items = &open == &open_.back() ? 0 : 1;
        absl::StrAppend(&path, "[", open.items - open_items, "]");
      } else if (!open.names.empty()) {
        absl::StrAppend(&path, path.empty() ? "" : ".", open.last_name);
      }
    }
    return path.substr(0, kPathBytesMax);
  }

  // Each false where the document is refused.
  bool TakeValue() {
    if (!open_.empty() && open_.back().list) ++open_.back().items;
    return true;
  }
  bool TakeText(absl::string_view text) {
    if (!Utf8Length(text).has_value()) return Refuse("is not UTF-8");
    return TakeValue();
  }
  bool TakeName(absl::string_view name) {
    if (!Utf8Length(name).has_value()) return Refuse("a name is not UTF-8");
    Open& object = open_.back();
    object.last_name = std::string(name);
    return object.names.insert(object.last_name).second || Refuse("a name is repeated");
  }
  bool Begin(bool list) {
    if (static_cast<int>(open_.size()) >= depth_max_) return Refuse("is nested too deeply");
    TakeValue();
    open_.push_back({.list = list});
    return true;
  }
  bool End() {
    open_.pop_back();
    return true;
  }

 private:
  // An object or list that has begun and not ended.
  struct Open {
    bool list = false;
    size_t items = 0;       // of a list, begun
    std::string last_name;  // of an object
    absl::flat_hash_set<std::string> names;
  };

  bool Refuse(absl::string_view why) {
    refusal_ = why;
    return false;
  }

  const int depth_max_;
  std::vector<Open> open_;
  absl::string_view refusal_;
};

// Looks at what RapidJSON reads and keeps nothing of it.
class Validator : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Validator> {
 public:
  explicit Validator(Strictness& strictness) : strictness_(strictness) {}

  bool Default() { return strictness_.TakeValue(); }
  bool RawNumber(const char* digits, rapidjson::SizeType size, bool) {
    return strictness_.TakeText(absl::string_view(digits, size));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return strictness_.TakeText(absl::string_view(text, size));
  }
  bool StartObject() { return strictness_.Begin(false); }
  bool StartArray() { return strictness_.Begin(true); }
  bool EndObject(rapidjson::SizeType) { return strictness_.End(); }
  bool EndArray(rapidjson::SizeType) { return strictness_.End(); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    return strictness_.TakeName(absl::string_view(text, size));
  }

 private:
  Strictness& strictness_;
};

// Makes values of what RapidJSON reads.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(Strictness& strictness) : strictness_(strictness) {}

  Value TakeRoot() { return std::move(root_); }

  bool Null() { return strictness_.TakeValue() && Add(Kind::kNull) != nullptr; }
  bool Bool(bool truth) {
    return strictness_.TakeValue() && Add(truth ? Kind::kTrue : Kind::kFalse) != nullptr;
  }
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
    if (!strictness_.TakeName(absl::string_view(text, size))) return false;
    open_.back()->members.push_back({std::string(text, size), {}});
    return true;
  }

 private:
  Value* Add(Kind kind) {
    Value* value = &root_;
    if (!open_.empty()) {
      Value& parent = *open_.back();
      value =
          parent.kind == Kind::kList ? &parent.items.emplace_back() : &parent.members.back().value;
    }
    value->kind = kind;
    return value;
  }

  bool AddText(Kind kind, absl::string_view text) {
    if (!strictness_.TakeText(text)) return false;
    Add(kind)->text = std::string(text);
    return true;
  }

  bool Begin(Kind kind) {
    if (!strictness_.Begin(kind == Kind::kList)) return false;
    open_.push_back(Add(kind));
    return true;
  }

  bool End() {
    open_.pop_back();
    return strictness_.End();
  }

  Strictness& strictness_;
  Value root_;
  // Pointers hold: while a value is open, nothing is added beside it.
  std::vector<Value*> open_;
};

absl::Status Malformed(const Limits& limits, const std::string& path, size_t byte,
                       absl::string_view why) {
  return InvalidArgument("MALFORMED_JSON", path, absl::StrCat("JSON, byte ", byte, ": ", why),
                         limits.rule);
}

template <typename Handler>
absl::Status Read(absl::string_view document, const Limits& limits, const Strictness& strictness,
                  Handler& handler) {
  if (document.size() > limits.bytes_max) {
    return InvalidArgument("JSON_TOO_LARGE", "",
                           absl::StrCat("JSON of more than ", limits.bytes_max, " bytes"),
                           limits.rule);
  }
  rapidjson::MemoryStream stream(document.data(), document.size());
  rapidjson::Reader reader;
  // It recurses, no deeper than it is let.
  const rapidjson::ParseResult result =
      reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, handler);
  if (result.IsError()) {
    return Malformed(limits, strictness.Path(), result.Offset(),
                     strictness.refusal().empty() ? rapidjson::GetParseError_En(result.Code())
                                                  : strictness.refusal());
  }
  // A zero byte ends a document for RapidJSON, whatever follows.
  if (stream.Tell() != document.size()) {
    return Malformed(limits, "", stream.Tell(), "something follows the document");
  }
  return absl::OkStatus();
}

}  // namespace

const Value* Value::Find(absl::string_view name) const {
  for (const auto& [own_name, value] : members) {
    if (own_name == name) return &value;
  }
  return nullptr;
}

absl::StatusOr<Value> Parse(absl::string_view document, const Limits& limits) {
  Strictness strictness(limits.depth_max);
  Builder builder(strictness);
  RETURN_IF_ERROR(Read(document, limits, strictness, builder));
  return builder.TakeRoot();
}

absl::Status Validate(absl::string_view document, const Limits& limits) {
  Strictness strictness(limits.depth_max);
  Validator validator(strictness);
  return Read(document, limits, strictness, validator);
}

absl::StatusOr<std::vector<absl::string_view>> ParseListItems(absl::string_view document,
                                                              const Limits& limits) {
  RETURN_IF_ERROR(Validate(document, limits));
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(document), "[")) {
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
