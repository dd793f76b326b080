// Aligned tables for terminals.
#ifndef BELLWETHER_SERVICES_CTL_DOMAIN_TEXT_TABLE_H_
#define BELLWETHER_SERVICES_CTL_DOMAIN_TEXT_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace bellwether::ctl {

// Terminal columns the UTF-8 text takes: Chinese, Japanese and Korean characters take two,
// combining marks none.
size_t DisplayWidth(absl::string_view text);

enum class Align { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // One cell per column. Control characters are shown as blanks, so that no text can move the
  // cursor or forge a row.
  void AddRow(std::vector<std::string> cells);

  // The title line, then a line per row; columns two blanks apart, no blanks at line ends.
  std::string Render() const;

  bool empty() const { return rows_.empty(); }

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// The text with control characters turned into blanks.
std::string Printable(absl::string_view text);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_DOMAIN_TEXT_TABLE_H_
