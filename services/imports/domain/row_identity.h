// Identities that follow from what a row says, so that importing it again finds what it made
// before.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_IDENTITY_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_IDENTITY_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace bellwether::imports {

// `text` made fit for an id: [A-Za-z0-9._-] stays, runs of anything else become one "-". Where
// letters beyond ASCII were lost or the text was too long, a fingerprint of the whole keeps
// different texts apart. Empty for an empty text.
std::string AsId(absl::string_view text);

// 128 bits of the bytes as 32 hexadecimal digits. Never changes.
std::string ContentHash(absl::string_view bytes);

// Names rows that have no key by their content and how many equal rows came before: equal rows are
// separate things, and each keeps its name in a second import as long as their number does not
// fall.
class OccurrenceNames {
 public:
  std::string NameOf(absl::string_view content);

 private:
  // Equal rows seen so far, by content hash.
  absl::flat_hash_map<std::string, int64_t> seen_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_IDENTITY_H_
