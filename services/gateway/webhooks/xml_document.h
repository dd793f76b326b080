// XML as a document of names and values, so that one kind of path leads into both.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_XML_DOCUMENT_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_XML_DOCUMENT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace bellwether::gateway {

inline constexpr int kXmlDepthMax = 16;
inline constexpr int kXmlElementsMax = 50'000;
// Different names inside one element.
inline constexpr size_t kXmlMembersMax = 1'000;

// The root element's content. An element that holds others is an object of their local names, a
// list where a name is repeated, with `type` for its xsi:type without the prefix; any other is a
// text, or null where it says xsi:nil.
//
// INVALID_ARGUMENT / MALFORMED_XML, saying where: what is no XML, what declares a document type
// (entities come with it), and what passes a limit.
absl::StatusOr<json::Value> ParseXml(absl::string_view document);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_XML_DOCUMENT_H_
