#include "services/imports/application/row_values.h"

#include <utility>

namespace bellwether::imports {

std::vector<CellFault> ReadRowValues(const CompiledFile& file,
                                     absl::FunctionRef<absl::string_view(int column)> cell,
                                     const LookUpTables& look_ups, std::vector<Value>& values,
                                     std::vector<std::string>* written, CellNotes& notes) {
  values.assign(file.columns.size(), Value());
  if (written != nullptr) written->assign(file.columns.size(), "");
  std::vector<CellFault> faults;
  for (const int index : file.order) {
    const CompiledColumn& column = file.columns[index];
    absl::Status status;
    if (column.of_file()) {
      status = column.ReadText(cell(index), index, values, look_ups, values[index],
                               written == nullptr ? nullptr : &(*written)[index], notes);
    } else if (column.from() >= 0) {
      status = column.ReadText(values[column.from()].Text(), index, values, look_ups, values[index],
                               nullptr, notes);
    } else {
      const auto computed = column.expression()->Evaluate(values, look_ups);
      status = computed.ok()
                   ? column.ReadValue(*computed, index, values, look_ups, values[index], notes)
                   : computed.status();
    }
    if (!status.ok()) faults.push_back({index, std::move(status)});
  }
  return faults;
}

}  // namespace bellwether::imports
