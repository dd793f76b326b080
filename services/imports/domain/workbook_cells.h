// What the cells of an Excel sheet say, as a person reads them there.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_WORKBOOK_CELLS_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_WORKBOOK_CELLS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::imports {

// Index of the column of a reference, "C7" → 2; nothing for what is none.
std::optional<int> ColumnOfReference(absl::string_view reference);

// What a number format makes of a serial number.
enum class SerialKind { kNumber, kDate, kTimeOfDay, kDateAndTime };

// Of a format's code, "yyyy\-mm\-dd".
SerialKind KindOfFormat(absl::string_view code);
// Of the formats that need no code, by their number.
SerialKind KindOfBuiltInFormat(int number);

// A number as the sheet holds it, a double written in full: at the 15 digits that Excel itself
// keeps, 0.30000000000000004 is 0.3. Nothing for what is no number.
std::optional<std::string> NumberAsShown(absl::string_view text);
// A serial number as 2026-11-03, 2026-11-03 09:30:00 or 09:30:00. Nothing for what is no date.
std::optional<std::string> SerialAsShown(absl::string_view text, SerialKind kind, bool from_1904);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_WORKBOOK_CELLS_H_
