// How the numbers of a column are written: marks, groups of thousands, signs.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_NUMBER_STYLE_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_NUMBER_STYLE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/imports/domain/exact_number.h"

namespace bellwether::imports {

struct NumberStyle {
  // "." or ",".
  char decimal_mark = '.';
  // Between groups of exactly three digits: ",", ".", "'" or " " (any blank); empty: no groups.
  std::string group_mark = "";
  // Texts that may stand before or after the figure: "¥", "$", "EUR".
  std::vector<std::string> marks = {};
  // "(33.52)", "33.52-" and "−33.52" are negative.
  bool accounting = false;
  // "1.2E+10".
  bool exponent = false;
};

// NOT_A_NUMBER for what the style does not allow, OUT_OF_RANGE.
absl::StatusOr<ExactNumber> ParseNumber(absl::string_view text, const NumberStyle& style);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_NUMBER_STYLE_H_
