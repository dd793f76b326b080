// JSON as it was written: numbers keep their text.
//
// Amounts arrive as numbers, and 12.0 is not 12: it is an amount in yuan where one in fen belongs.
// JSON readers turn both into the same double (protobuf's too), so this one reads no number at all
// and leaves its meaning to the owner of the field.
#ifndef BELLWETHER_COMMON_JSON_JSON_H_
#define BELLWETHER_COMMON_JSON_JSON_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::json {

struct Member;

struct Value {
  enum class Kind { kNull, kFalse, kTrue, kNumber, kText, kList, kObject };

  Kind kind = Kind::kNull;
  std::string text;             // of a text, decoded; of a number, as written
  std::vector<Value> items;     // of a list
  std::vector<Member> members;  // of an object, in order, names unique

  // The member of that name, null if there is none.
  const Value* Find(absl::string_view name) const;
};

struct Member {
  std::string name;
  Value value;
};

struct Limits {
  size_t bytes_max = 1 << 20;
  int depth_max = 16;
  // The rule that refusals name; empty: none.
  std::string rule;
};

// Paths in refusals are cut to this: their names come from outside.
inline constexpr size_t kPathBytesMax = 200;

// Exactly one RFC 8259 document in UTF-8. INVALID_ARGUMENT / MALFORMED_JSON, saying at which byte
// and with the path ("data.items[3].amount") as field, for anything else: comments, trailing
// commas, single quotes, NaN, a number beyond every double, a repeated name, half a surrogate pair,
// a byte order mark, nesting deeper than its limit. INVALID_ARGUMENT / JSON_TOO_LARGE.
absl::StatusOr<Value> Parse(absl::string_view document, const Limits& limits = {});

// Whether Parse would take it, and why not, without keeping anything of it: of a large document
// that is read by something else, a small part of the time and nearly none of the memory.
absl::Status Validate(absl::string_view document, const Limits& limits = {});

// The texts of the items of a document that is a list. What Parse refuses; INVALID_ARGUMENT /
// WRONG_TYPE for a document that is something else.
absl::StatusOr<std::vector<absl::string_view>> ParseListItems(absl::string_view document,
                                                              const Limits& limits = {});

}  // namespace bellwether::json

#endif  // BELLWETHER_COMMON_JSON_JSON_H_
