#include "services/imports/application/text_template.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {

absl::StatusOr<TextTemplate> TextTemplate::Parse(absl::string_view text, const Scope& scope) {
  TextTemplate parsed;
  while (!text.empty()) {
    const size_t open = text.find('{');
    if (open != 0) {
      parsed.pieces_.push_back({std::string(text.substr(0, open))});
      text.remove_prefix(std::min(open, text.size()));
      continue;
    }
    const size_t close = text.find('}');
    if (close == absl::string_view::npos) {
      return InvalidArgument("BAD_TEMPLATE", "", absl::StrCat("\"", text, "\" is not closed"));
    }
    absl::string_view name = text.substr(1, close - 1);
    const bool as_id = absl::ConsumeSuffix(&name, "|id");
    const int column = scope.Find(name);
    if (column < 0) {
      return InvalidArgument("UNKNOWN_COLUMN", "", absl::StrCat("no column \"", name, "\""));
    }
    parsed.pieces_.push_back({"", column, as_id});
    text.remove_prefix(close + 1);
  }
  return parsed;
}

bool TextTemplate::names_columns() const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.column >= 0; });
}

int TextTemplate::only_column() const {
  return pieces_.size() == 1 && !pieces_[0].as_id ? pieces_[0].column : -1;
}

std::optional<Value> TextTemplate::Fill(absl::Span<const Value> row) const {
  for (const Piece& piece : pieces_) {
    if (piece.column >= 0 && row[piece.column].empty()) return std::nullopt;
  }
  if (const int column = only_column(); column >= 0) return row[column];
  return Value::OfText(Text(row));
}

std::string TextTemplate::Text(absl::Span<const Value> row, bool raw) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    if (piece.column < 0) {
      absl::StrAppend(&text, piece.literal);
    } else if (piece.as_id && !raw) {
      absl::StrAppend(&text, AsId(row[piece.column].Text()));
    } else {
      absl::StrAppend(&text, row[piece.column].Text());
    }
  }
  return text;
}

}  // namespace bellwether::imports
