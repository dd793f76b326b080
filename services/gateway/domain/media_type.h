// Media types as CloudEvents name them.
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_MEDIA_TYPE_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_MEDIA_TYPE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::gateway {

// "Application/JSON; Charset=UTF-8" is {"application/json", "utf-8"}: names mean the same in either
// case. Other parameters are passed over.
struct MediaType {
  std::string name;     // lower case, without parameters
  std::string charset;  // lower case; empty where none is given

  // application/json, and what is built on it (application/…+json).
  bool is_json() const;
  // All text of ours is UTF-8.
  bool is_utf8() const { return charset.empty() || charset == "utf-8"; }
};

MediaType ParseMediaType(absl::string_view text);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_MEDIA_TYPE_H_
