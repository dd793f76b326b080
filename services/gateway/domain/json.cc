#include "services/gateway/domain/json.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"

namespace bellwether::gateway {
namespace {

class JsonParser {
 public:
  explicit JsonParser(absl::string_view document) : document_(document), rest_(document) {}

  absl::StatusOr<JsonValue> Parse() {
    if (!Utf8Length(document_).has_value()) return Malformed("is not UTF-8");
    JsonValue value;
    RETURN_IF_ERROR(ReadValue(0, value));
    SkipBlanks();
    if (!rest_.empty()) return Malformed("something follows the document");
    return value;
  }

 private:
  absl::Status Malformed(absl::string_view what) const {
    return InvalidArgument("MALFORMED_JSON", "",
                           absl::StrCat("JSON, byte ", document_.size() - rest_.size(), ": ", what),
                           "X1");
  }

  void SkipBlanks() {
    while (!rest_.empty() &&
           (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n' || rest_[0] == '\r')) {
      rest_.remove_prefix(1);
    }
  }

  bool Take(char wanted) {
    if (rest_.empty() || rest_[0] != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool TakeWord(absl::string_view word) {
    if (rest_.substr(0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  absl::Status ReadValue(int depth, JsonValue& value) {
    SkipBlanks();
    if (rest_.empty()) return Malformed("ends too early");
    switch (rest_[0]) {
      case '{':
        return ReadObject(depth, value);
      case '[':
        return ReadList(depth, value);
      case '"':
        value.kind = JsonValue::Kind::kText;
        return ReadText(value.text);
      default:
        break;
    }
    if (TakeWord("null")) return absl::OkStatus();
    if (TakeWord("true")) {
      value.kind = JsonValue::Kind::kTrue;
      return absl::OkStatus();
    }
    if (TakeWord("false")) {
      value.kind = JsonValue::Kind::kFalse;
      return absl::OkStatus();
    }
    value.kind = JsonValue::Kind::kNumber;
    return ReadNumber(value.text);
  }

  absl::Status ReadObject(int depth, JsonValue& value) {
    if (depth == kJsonDepthMax) return Malformed("is nested too deeply");
    value.kind = JsonValue::Kind::kObject;
    rest_.remove_prefix(1);
    SkipBlanks();
    if (Take('}')) return absl::OkStatus();
    absl::flat_hash_set<std::string> names;
    do {
      SkipBlanks();
      std::string name;
      if (rest_.empty() || rest_[0] != '"') return Malformed("a name is expected");
      RETURN_IF_ERROR(ReadText(name));
      if (!names.insert(name).second) return Malformed("a name is repeated");
      SkipBlanks();
      if (!Take(':')) return Malformed("':' is expected");
      JsonMember& member = value.members.emplace_back();
      member.name = std::move(name);
      RETURN_IF_ERROR(ReadValue(depth + 1, member.value));
      SkipBlanks();
    } while (Take(','));
    return Take('}') ? absl::OkStatus() : Malformed("',' or '}' is expected");
  }

  absl::Status ReadList(int depth, JsonValue& value) {
    if (depth == kJsonDepthMax) return Malformed("is nested too deeply");
    value.kind = JsonValue::Kind::kList;
    rest_.remove_prefix(1);
    SkipBlanks();
    if (Take(']')) return absl::OkStatus();
    do {
      RETURN_IF_ERROR(ReadValue(depth + 1, value.items.emplace_back()));
      SkipBlanks();
    } while (Take(','));
    return Take(']') ? absl::OkStatus() : Malformed("',' or ']' is expected");
  }

  // -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
  absl::Status ReadNumber(std::string& text) {
    const absl::string_view begin = rest_;
    Take('-');
    if (!Take('0') && !TakeDigits()) return Malformed("a value is expected");
    if (Take('.') && !TakeDigits()) return Malformed("a digit is expected");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!TakeDigits()) return Malformed("a digit is expected");
    }
    text = std::string(begin.substr(0, begin.size() - rest_.size()));
    return absl::OkStatus();
  }

  bool TakeDigits() {
    size_t digits = 0;
    while (digits < rest_.size() &&
           absl::ascii_isdigit(static_cast<unsigned char>(rest_[digits]))) {
      ++digits;
    }
    rest_.remove_prefix(digits);
    return digits > 0;
  }

  absl::Status ReadText(std::string& text) {
    rest_.remove_prefix(1);
    while (true) {
      size_t plain = 0;
      while (plain < rest_.size() && rest_[plain] != '"' && rest_[plain] != '\\' &&
             static_cast<unsigned char>(rest_[plain]) >= 0x20) {
        ++plain;
      }
      text.append(rest_.data(), plain);
      rest_.remove_prefix(plain);
      if (Take('"')) return absl::OkStatus();
      if (rest_.empty()) return Malformed("a text is not closed");
      if (!Take('\\')) return Malformed("a control character stands in a text");
      RETURN_IF_ERROR(ReadEscape(text));
    }
  }

  absl::Status ReadEscape(std::string& text) {
    constexpr absl::string_view kEscapes = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return Malformed("a text is not closed");
    const size_t escape = kEscapes.find(rest_[0]);
    if (escape != absl::string_view::npos) {
      rest_.remove_prefix(1);
      text.push_back(kMeanings[escape]);
      return absl::OkStatus();
    }
    uint32_t unit = 0;
    if (!Take('u') || !TakeHex(unit)) return Malformed("an escape is not known");
    if (unit >= 0xd800 && unit < 0xdc00) {
      uint32_t low = 0;
      if (!TakeWord("\\u") || !TakeHex(low) || low < 0xdc00 || low > 0xdfff) {
        return Malformed("half a surrogate pair");
      }
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    } else if (unit >= 0xdc00 && unit <= 0xdfff) {
      return Malformed("half a surrogate pair");
    }
    AppendUtf8(unit, text);
    return absl::OkStatus();
  }

  bool TakeHex(uint32_t& unit) {
    constexpr size_t kDigits = 4;
    if (rest_.size() < kDigits) return false;
    unit = 0;
    for (size_t i = 0; i < kDigits; ++i) {
      const auto digit = static_cast<unsigned char>(rest_[i]);
      if (!absl::ascii_isxdigit(digit)) return false;
      unit = unit * 16 + (absl::ascii_isdigit(digit)
                              ? digit - '0'
                              : static_cast<unsigned char>(absl::ascii_tolower(digit)) - 'a' + 10);
    }
    rest_.remove_prefix(kDigits);
    return true;
  }

  static void AppendUtf8(uint32_t point, std::string& text) {
    const auto put = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xc0 | point >> 6);
      put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      put(0xe0 | point >> 12);
      put(0x80 | (point >> 6 & 0x3f));
      put(0x80 | (point & 0x3f));
    } else {
      put(0xf0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3f));
      put(0x80 | (point >> 6 & 0x3f));
      put(0x80 | (point & 0x3f));
    }
  }

  const absl::string_view document_;
  absl::string_view rest_;
};

}  // namespace

const JsonValue* JsonValue::Find(absl::string_view name) const {
  for (const auto& [own_name, value] : members) {
    if (own_name == name) return &value;
  }
  return nullptr;
}

absl::StatusOr<JsonValue> ParseJson(absl::string_view document) {
  return JsonParser(document).Parse();
}

}  // namespace bellwether::gateway
