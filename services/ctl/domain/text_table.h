// Aligned tables for terminals.
#ifndef BELLWETHER_SERVICES_CTL_DOMAIN_TEXT_TABLE_H_
#define BELLWETHER_SERVICES_CTL_DOMAIN_TEXT_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "common/text/character.h"
#include "common/text/readable.h"

namespace bellwether::ctl {

using text::DisplayWidth;
using text::Printable;

enum class Align { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // One cell per column, each made Printable, so that no text can move the cursor or forge a row.
  void AddRow(std::vector<std::string> cells);

  // The title line, then a line per row; columns two blanks apart, no blanks at line ends.
  std::string Render() const;

  bool empty() const { return rows_.empty(); }

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_DOMAIN_TEXT_TABLE_H_
