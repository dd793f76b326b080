// The values of one row's columns, wherever its cells come from.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_VALUES_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_VALUES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/imports/application/column.h"
#include "services/imports/application/look_up_tables.h"
#include "services/imports/application/mapping.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

struct CellFault {
  int column = -1;
  absl::Status status;
};

// Fills `values`, and in `written` (null: not wanted) what identifies each cell. `cell` gives the
// text of a column of the file. Returns every fault, the first one first; a column with one is
// empty.
std::vector<CellFault> ReadRowValues(const CompiledFile& file,
                                     absl::FunctionRef<absl::string_view(int column)> cell,
                                     const LookUpTables& look_ups, std::vector<Value>& values,
                                     std::vector<std::string>* written, CellNotes& notes);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_VALUES_H_
