// A text with placeholders: "accounts/{account|id}".
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_TEXT_TEMPLATE_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_TEXT_TEMPLATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

class TextTemplate {
 public:
  // INVALID_ARGUMENT / BAD_TEMPLATE, UNKNOWN_COLUMN.
  static absl::StatusOr<TextTemplate> Parse(absl::string_view text, const Scope& scope);

  bool empty() const { return pieces_.empty(); }
  // Else it is a constant.
  bool names_columns() const;
  // Index of the column where the text is one placeholder that keeps the column's kind, else −1.
  int only_column() const;
  // Nothing when a cell it names is empty. A single plain placeholder keeps the cell's kind.
  std::optional<Value> Fill(absl::Span<const Value> row) const;
  // The text with its placeholders filled; `raw` leaves out the "|id" conversion.
  std::string Text(absl::Span<const Value> row, bool raw = false) const;

 private:
  struct Piece {
    std::string literal;
    // Index of the column, or −1 for a literal.
    int column = -1;
    bool as_id = false;
  };
  std::vector<Piece> pieces_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_TEXT_TEMPLATE_H_
