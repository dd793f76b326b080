// JSON as it was written: numbers keep their text.
//
// Amounts arrive as numbers, and 12.0 is not 12: it is an amount in yuan where one in fen belongs.
// The JSON readers at hand turn both into the same double (protobuf's too), so this one reads no
// number at all and leaves its meaning to whoever knows the field.
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_JSON_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_JSON_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::gateway {

inline constexpr int kJsonDepthMax = 16;

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kFalse, kTrue, kNumber, kText, kList, kObject };

  Kind kind = Kind::kNull;
  std::string text;                 // of a text, decoded; of a number, as written
  std::vector<JsonValue> items;     // of a list
  std::vector<JsonMember> members;  // of an object, in order, names unique

  // The member of that name, null if there is none.
  const JsonValue* Find(absl::string_view name) const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// Exactly one RFC 8259 document in UTF-8. INVALID_ARGUMENT / MALFORMED_JSON, saying at which byte,
// for anything else, for a repeated name, and for nesting deeper than kJsonDepthMax.
absl::StatusOr<JsonValue> ParseJson(absl::string_view document);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_JSON_H_
