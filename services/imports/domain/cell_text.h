// The one form of a cell's text: names that look alike are alike.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_CELL_TEXT_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_CELL_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::imports {

struct CleanText {
  std::string text;
  // Beyond plain blanks at the ends: what nobody sees in a table, so that the report names it.
  bool changed = false;
};

// Without blanks of any width at its ends, one plain blank for a run of them inside, letters and
// their accents composed (NFC). `text` is UTF-8.
CleanText Clean(absl::string_view text);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_CELL_TEXT_H_
