// What a table of another system is, guessed from the names of its columns and what they hold.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_TABLE_GUESS_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_TABLE_GUESS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "services/imports/domain/cell_look.h"

namespace bellwether::imports {

enum class HeadLayout { kDelimited, kWorkbook, kJsonLines };

// The beginning of a table.
struct TableHead {
  std::string file_name;
  HeadLayout layout = HeadLayout::kDelimited;
  // It is not UTF-8, nor anything else that is recognised when it is read.
  bool latin1 = false;
  std::vector<std::string> names;
  // Each as wide as `names`.
  std::vector<std::vector<std::string>> rows;
};

enum class ColumnMeaning {
  kNone,
  kOrderId,
  kCustomerId,
  kCustomerName,
  kTime,
  kAmount,
  kUnitPrice,
  kQuantity,
  kCurrency,
  kProduct,
  kRegion,
  kIndustry,
};

enum class TableMeaning {
  // Which kind of fact a row is cannot be told.
  kUnknown,
  // A row is an order.
  kOrders,
  // Several rows are one.
  kOrderLines,
  // A row is a customer.
  kAccounts,
};

struct GuessedColumn {
  std::string name;
  CellLook look;
  ColumnMeaning meaning = ColumnMeaning::kNone;
  // In words.
  std::string reason;
};

struct GuessedTable {
  std::string file_name;
  HeadLayout layout = HeadLayout::kDelimited;
  bool latin1 = false;
  size_t rows = 0;
  TableMeaning meaning = TableMeaning::kUnknown;
  std::string reason;
  std::vector<GuessedColumn> columns;

  // Null where no column means that.
  const GuessedColumn* Find(ColumnMeaning meaning) const;
  // What names the customer in ids: its id, else its name.
  const GuessedColumn* Customer() const;
};

// Every meaning is given to one column at most: the one whose name says it best.
GuessedTable GuessTable(const TableHead& head);

// "an amount"
const char* MeaningName(ColumnMeaning meaning);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_TABLE_GUESS_H_
