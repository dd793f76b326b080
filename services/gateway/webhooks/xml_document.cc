#include "services/gateway/webhooks/xml_document.h"

#include <expat.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::gateway {
namespace {

constexpr char kInstanceType[] = "http://www.w3.org/2001/XMLSchema-instance|type";
constexpr char kInstanceNil[] = "http://www.w3.org/2001/XMLSchema-instance|nil";

// "http://…|Id" and "sf:Opportunity" without what comes before.
absl::string_view LocalPart(absl::string_view name, char separator) {
  const size_t at = name.rfind(separator);
  return at == absl::string_view::npos ? name : name.substr(at + 1);
}

class XmlReader {
 public:
  XmlReader() : parser_(XML_ParserCreateNS("UTF-8", '|')) {
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(
        parser_,
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<XmlReader*>(self)->Begin(name, attributes);
        },
        [](void* self, const XML_Char*) { static_cast<XmlReader*>(self)->End(); });
    XML_SetCharacterDataHandler(parser_, [](void* self, const XML_Char* text, int size) {
      auto& open = static_cast<XmlReader*>(self)->open_;
      if (!open.empty()) open.back().text.append(text, static_cast<size_t>(size));
    });
    XML_SetStartDoctypeDeclHandler(
        parser_, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
          static_cast<XmlReader*>(self)->Stop("a document type is declared");
        });
  }
  ~XmlReader() { XML_ParserFree(parser_); }
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  absl::StatusOr<json::Value> Read(absl::string_view document) {
    const auto parsed =
        XML_Parse(parser_, document.data(), static_cast<int>(document.size()), /*isFinal=*/1);
    if (fault_.empty() && parsed == XML_STATUS_OK) return std::move(root_);
    const std::string why = fault_.empty() ? XML_ErrorString(XML_GetErrorCode(parser_)) : fault_;
    return InvalidArgument("MALFORMED_XML", "",
                           absl::StrCat("line ", XML_GetCurrentLineNumber(parser_), ", byte ",
                                        XML_GetCurrentColumnNumber(parser_) + 1, ": ", why),
                           "X1");
  }

 private:
  struct Element {
    std::string name;
    std::string type;
    bool nil = false;
    std::string text;
    json::Value children;
  };

  void Stop(std::string why) {
    fault_ = std::move(why);
    XML_StopParser(parser_, XML_FALSE);
  }

  void Begin(const XML_Char* name, const XML_Char** attributes) {
    if (!fault_.empty()) return;
    if (open_.size() >= static_cast<size_t>(kXmlDepthMax)) {
      return Stop(absl::StrCat("elements are nested deeper than ", kXmlDepthMax));
    }
    if (++elements_ > kXmlElementsMax) {
      return Stop(absl::StrCat("there are more than ", kXmlElementsMax, " elements"));
    }
    Element& element = open_.emplace_back();
    element.name = std::string(LocalPart(name, '|'));
    for (; attributes[0] != nullptr; attributes += 2) {
      const absl::string_view attribute = attributes[0];
      const absl::string_view value = attributes[1];
      if (attribute == kInstanceType) element.type = std::string(LocalPart(value, ':'));
      if (attribute == kInstanceNil) element.nil = value == "true" || value == "1";
    }
  }

  void End() {
    if (!fault_.empty()) return;
    Element element = std::move(open_.back());
    open_.pop_back();
    json::Value value;
    if (!element.children.members.empty()) {
      value = std::move(element.children);
      value.kind = json::Value::Kind::kObject;
      if (!element.type.empty() && value.Find("type") == nullptr) {
        value.members.push_back({"type", TextValue(std::move(element.type))});
      }
    } else if (!element.nil) {
      value = TextValue(std::string(absl::StripAsciiWhitespace(element.text)));
    }
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      Add(std::move(element.name), std::move(value), open_.back().children);
    }
  }

  void Add(std::string name, json::Value value, json::Value& parent) {
    for (json::Member& member : parent.members) {
      if (member.name != name) continue;
      // No element is a list by itself.
      if (member.value.kind != json::Value::Kind::kList) {
        json::Value list;
        list.kind = json::Value::Kind::kList;
        list.items.push_back(std::move(member.value));
        member.value = std::move(list);
      }
      member.value.items.push_back(std::move(value));
      return;
    }
    if (parent.members.size() >= kXmlMembersMax) {
      return Stop(absl::StrCat("an element holds more than ", kXmlMembersMax, " names"));
    }
    parent.members.push_back({std::move(name), std::move(value)});
  }

  static json::Value TextValue(std::string text) {
    json::Value value;
    value.kind = json::Value::Kind::kText;
    value.text = std::move(text);
    return value;
  }

  const XML_Parser parser_;
  std::string fault_;
  int elements_ = 0;
  std::vector<Element> open_;
  json::Value root_;
};

}  // namespace

absl::StatusOr<json::Value> ParseXml(absl::string_view document) {
  return XmlReader().Read(document);
}

}  // namespace bellwether::gateway
