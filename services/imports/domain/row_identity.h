// Identities that follow from what a row says, so that importing it again finds what it made
// before. What one is made of never changes: facts already counted are known by it.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_IDENTITY_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_IDENTITY_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::imports {

// The longest id of a fact.
inline constexpr size_t kFactIdCharactersMax = 128;

// `text` made fit for an id: [A-Za-z0-9._-] stays, runs of anything else become one "-". Where
// letters beyond ASCII were lost or the text was too long, a fingerprint of the whole keeps
// different texts apart. Empty for an empty text.
std::string AsId(absl::string_view text);

// The id of a fact: `text` itself where it is one. A text with blanks or other characters that ids
// do not have, or a longer one, is made fit, with a fingerprint that keeps it apart.
std::string AsFactId(absl::string_view text);

// The id of an import run: the mapping's and the run's own, cut to what an id holds.
std::string RunId(absl::string_view mapping_id, absl::string_view unique);

// 128 bits of the bytes as 32 hexadecimal digits. Never changes.
std::string ContentHash(absl::string_view bytes);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_IDENTITY_H_
